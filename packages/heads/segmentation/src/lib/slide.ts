import { DinokitError, tensor, type AnswerContext, type Placement, type Size, type Tensor, type Tokens } from '@dinokit/core'
import { requireEmbedView } from '@dinokit/head-kit'

/** Options of embedding a large image window by window. */
export interface SlideOptions {
  /** The image's shorter side is brought to this. Default: its own. */
  readonly shortest?: number
  /** Side of a window in pixels, a multiple of the patch. Default 518. */
  readonly window?: number
  /** From one window to the next, a multiple of the patch. Default two thirds of the window. */
  readonly stride?: number
}

/** Image that is embedded window by window, and the network for it. */
export interface Slide {
  readonly source: Size
  readonly context: AnswerContext
  readonly patch: number
  /** Gives the logits of a window. */
  readonly run: (tokens: Tokens) => Promise<Tensor>
}

/** Most views of one image. */
const MOST_WINDOWS = 1024

/**
 * Logits of the whole image, put together from windows that overlap; where they do, the mean (mmsegmentation's
 * slide_inference, on the grid of patches).
 */
export async function slide(
  { source, context, patch, run }: Slide,
  options: SlideOptions,
): Promise<{ readonly logits: Tensor; readonly placement: Placement }> {
  const embedView = requireEmbedView(context, 'slide')
  const whole = (length: number): number => Math.max(1, Math.round(length / patch)) * patch
  const { shortest = Math.min(source.width, source.height), window = whole(518), stride = whole((window * 2) / 3) } = options
  for (const [name, value] of Object.entries({ window, stride })) {
    if (Number.isInteger(value) && value > 0 && value % patch === 0 && stride <= window) continue
    throw new DinokitError('invalid-option', `The option slide.${name} is ${value}.`, {
      given: String(value),
      expected: `a multiple of ${patch}; the stride no larger than the window`,
    })
  }
  const scale = shortest / Math.min(source.width, source.height)
  const resized = { width: whole(source.width * scale), height: whole(source.height * scale) }
  const size = { width: Math.min(window, resized.width), height: Math.min(window, resized.height) }
  const [lefts, tops] = [starts(resized.width, size.width, stride), starts(resized.height, size.height, stride)]
  if (!(lefts.length * tops.length <= MOST_WINDOWS)) {
    throw new DinokitError(
      'image-too-large',
      `An image of ${resized.width}x${resized.height} would be ${lefts.length * tops.length} windows.`,
      {
        expected: `at most ${MOST_WINDOWS}`,
        hint: 'Give a smaller slide.shortest, or a larger window.',
      },
    )
  }
  const [rows, columns] = [resized.height / patch, resized.width / patch]
  const counts = new Float32Array(rows * columns)
  let sums: Float32Array | undefined
  for (const top of tops) {
    for (const left of lefts) {
      const logits = await run(await embedView({ placement: { resized, left, top, input: size } }))
      sums ??= new Float32Array(logits.shape[0]! * rows * columns)
      addWindow(logits, { sums, counts, rows, columns }, [top / patch, left / patch])
    }
  }
  const plane = rows * columns
  const logits = tensor(
    'float32',
    sums!.map((value, i) => value / counts[i % plane]!),
    [sums!.length / plane, rows, columns],
  )
  return { logits, placement: { source, resized, left: 0, top: 0, input: resized } }
}

/** Where windows begin: the last one ends where the image does. */
function starts(length: number, window: number, stride: number): number[] {
  const count = Math.ceil(Math.max(length - window, 0) / stride) + 1
  return Array.from({ length: count }, (_, index) => Math.min(index * stride, length - window))
}

/** Sums of logits over the whole image. */
interface GridSums {
  /** [class][row][column] */
  readonly sums: Float32Array
  /** Windows that each place was in, [row][column]. */
  readonly counts: Float32Array
  readonly rows: number
  readonly columns: number
}

function addWindow(logits: Tensor, { sums, counts, rows, columns }: GridSums, [top, left]: readonly [number, number]): void {
  const [classes, height, width] = logits.shape as [number, number, number]
  for (let row = 0; row < height; row++) {
    const to = (top + row) * columns + left
    for (let column = 0; column < width; column++) counts[to + column]!++
    for (let index = 0; index < classes; index++) {
      const from = (index * height + row) * width
      const base = index * rows * columns + to
      for (let column = 0; column < width; column++) sums[base + column]! += logits.data[from + column]!
    }
  }
}
