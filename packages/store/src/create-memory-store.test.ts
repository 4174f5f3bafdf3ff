import { createMemoryStore } from './create-memory-store.ts'
import { describeStore } from './testing/describe-store.ts'

describeStore('memory', { create: async (layout) => createMemoryStore(layout) })
