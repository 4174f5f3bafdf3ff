// Takes a lock and holds it until it is killed; says so. `tsx hold-lock.ts FILE`, or a worker thread with the file as its data.
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { lockFile } from '../lock-file.ts'

await lockFile(isMainThread ? process.argv[2]! : (workerData as string))
setInterval(() => {}, 1000)
if (isMainThread) process.stdout.write('held\n')
else parentPort!.postMessage('held')
