import { describeStore } from '@dinokit/store/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { openLanceStore } from './open-lance-store.ts'

let folder: string
let count = 0
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-store-'))))
afterAll(() => rm(folder, { recursive: true }))

describeStore('LanceDB', { create: (layout) => openLanceStore(join(folder, `db${count++}`), { layout }) })
