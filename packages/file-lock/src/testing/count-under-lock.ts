// Adds to the number in a file, again and again, each time under a lock. `tsx count-under-lock.ts LOCK FILE TIMES`
import { readFile, writeFile } from 'node:fs/promises'
import { lockFile } from '../lock-file.ts'

const [path, file, times] = process.argv.slice(2)
for (let time = 0; time < Number(times); time++) {
  const lock = await lockFile(path!)
  await writeFile(file!, String(Number(await readFile(file!, 'utf8')) + 1))
  await lock.release()
}
