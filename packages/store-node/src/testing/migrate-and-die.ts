// Migrates a store and is killed once its rows are copied, before the store is said to be another. `tsx migrate-and-die.ts FOLDER`
import { openLanceStore } from '../open-lance-store.ts'

await openLanceStore(process.argv[2]!, {
  access: 'write',
  onProgress: ({ done, total }) => {
    if (done === total) process.kill(process.pid, 'SIGKILL')
  },
})
