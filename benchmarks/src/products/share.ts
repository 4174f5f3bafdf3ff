// The work of one thread: part of the rows of a product. The page and its helpers run the same.

/** A compiled function. */
export type Kernel = (...numbers: readonly number[]) => void

/** Fields of {@link Job}, in the order in which they lie in shared memory. */
export const FIELDS = [
  'product',
  'left',
  'right',
  'result',
  'start',
  'blocks',
  'panels',
  'pieces',
  'together',
  'rows',
  'leftBlock',
  'leftPiece',
  'rightPiece',
  'resultBlock',
  'quantize',
  'from',
  'fromBlock',
  'scales',
  'scale',
  'columns',
] as const

/**
 * A product: numbers of kernels, addresses, the numbers of blocks of rows, of panels and of pieces of the depth, how many blocks a call takes
 * together, rows of a block, and bytes from a block or a piece to the next. `quantize` and `scale` are -1 where products are of numbers.
 */
export type Job = Readonly<Record<(typeof FIELDS)[number], number>>

/** Computes one thread's blocks of rows. */
export function computeShare(kernels: readonly Kernel[], job: Job, thread: number, threads: number): void {
  const [first, last] = [thread, thread + 1].map((at) => Math.floor((at * job.blocks) / threads)) as [number, number]
  const product = kernels[job.product]!
  for (let block = first; block < last; block += job.together) {
    const count = Math.min(job.together, last - block)
    const [left, result, scales] = [
      job.left + block * job.leftBlock,
      job.result + block * job.resultBlock,
      job.scales + 16 * block * job.rows,
    ]
    if (job.quantize >= 0) kernels[job.quantize]!(job.from + block * job.fromBlock, left, scales, count * job.rows)
    for (let piece = 0; piece < job.pieces; piece++) {
      product(
        left + piece * job.leftPiece,
        job.right + piece * job.rightPiece,
        result,
        piece === 0 ? job.start : 0,
        piece === 0 ? 0 : 1,
        count,
        job.panels,
        0,
      )
    }
    if (job.scale >= 0) kernels[job.scale]!(result, scales, job.columns, count * job.rows)
  }
}

/** Places in the shared memory, as numbers of 32 bits, by which a page and its helpers agree. */
export const TURN = 0
export const DONE = 16
export const JOB = 32
