// A thread of the kernels: waits for a job in shared memory, computes its share, and waits for the next.
import { computeShare, DONE, FIELDS, JOB, TURN, type Job, type Kernel } from './share.ts'

interface Start {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly names: readonly string[]
  readonly thread: number
  readonly threads: number
}

/** Turns of a loop before a thread sleeps. */
const PATIENCE = 20_000

addEventListener('message', ({ data }: MessageEvent<Start>) => {
  const { module, memory, names, thread, threads } = data
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const kernels = names.map((name) => exports[name] as unknown as Kernel)
  const control = new Int32Array(memory.buffer, 0, 64)
  let seen = 0
  postMessage('ready')
  for (;;) {
    for (let turn = 0; turn < PATIENCE && Atomics.load(control, TURN) === seen; turn++);
    Atomics.wait(control, TURN, seen)
    seen = Atomics.load(control, TURN)
    computeShare(kernels, Object.fromEntries(FIELDS.map((field, at) => [field, control[JOB + at]])) as Job, thread, threads)
    Atomics.add(control, DONE, 1)
  }
})
