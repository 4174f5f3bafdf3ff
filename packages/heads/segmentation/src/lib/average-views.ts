import { tensor, type AnswerContext, type Placement, type Tensor, type Tokens } from '@dinokit/core'
import { emptyLabels, gridAxes, requireEmbedView, mixRows, scaleView, unflip, type GridAxis, type LabelMap } from '@dinokit/head-kit'

/** Options of averaging views. */
interface AverageOptions {
  readonly flip: boolean
  readonly scales: readonly number[]
  readonly patch: number
}

/** Scores of one view, and where they lie. */
interface ScoredView {
  readonly logits: Tensor
  readonly x: GridAxis
  readonly y: GridAxis
}

/**
 * Labels by the average of several views, as the reference does it: each view's logits are brought to the source's
 * pixels, made probabilities, averaged; the likeliest wins (mmsegmentation's aug_test). Row by row, so that memory does not
 * grow with classes times pixels.
 */
export async function averageViews(
  tokens: Tokens,
  context: AnswerContext,
  run: (tokens: Tokens) => Promise<Tensor>,
  { flip, scales, patch }: AverageOptions,
): Promise<{ readonly logits: Tensor; readonly labels: LabelMap }> {
  const embedView = requireEmbedView(context, flip ? 'flip' : 'scales')
  const { source } = tokens.placement
  const views: ScoredView[] = []
  const add = async (of: Tokens, mirrored: boolean): Promise<void> => {
    const logits = await run(of)
    const [, rows, columns] = logits.shape as [number, number, number]
    views.push({ logits: mirrored ? unflip(logits) : logits, ...gridAxes(of.placement, [rows, columns]) })
  }
  for (const scale of scales) {
    const placement = scale === 1 ? tokens.placement : scaleView(tokens.placement, scale, patch)
    await add(scale === 1 ? tokens : await embedView({ placement }), false)
    if (flip) await add(await embedView({ placement, flip: true }), true)
  }
  return { logits: gridAverage(views, tokens.placement, patch), labels: labelsOf(views, source) }
}

function labelsOf(views: readonly ScoredView[], source: Placement['source']): LabelMap {
  const classes = views[0]!.logits.shape[0]!
  const labels = emptyLabels(classes, source)
  // The views are of the same window, but for the rounding of its edges: what any of them saw is known.
  const start = { x: Math.min(...views.map(({ x }) => x.start)), y: Math.min(...views.map(({ y }) => y.start)) }
  const end = { x: Math.max(...views.map(({ x }) => x.end)), y: Math.max(...views.map(({ y }) => y.end)) }
  const sums = new Float32Array((end.x - start.x) * classes)
  for (let row = start.y; row < end.y; row++) {
    sums.fill(0)
    for (const view of views) addRow(view, row, { sums, first: start.x, classes })
    for (let column = start.x; column < end.x; column++) {
      const base = (column - start.x) * classes
      let best = 0
      for (let index = 1; index < classes; index++) if (sums[base + index]! > sums[base + best]!) best = index
      labels.data[row * source.width + column] = best
    }
  }
  return labels
}

/** Sums of probabilities along a row of the source. */
interface RowSums {
  /** [pixel][class] */
  readonly sums: Float32Array
  /** The pixel that they begin with. */
  readonly first: number
  readonly classes: number
}

/** Adds the probabilities of one row of the source. */
function addRow({ logits, x, y }: ScoredView, row: number, { sums, first, classes }: RowSums): void {
  if (row < y.start || row >= y.end) return
  const [, rows, columns] = logits.shape as [number, number, number]
  const i = row - y.start
  const lines = new Float32Array(classes * columns)
  for (let index = 0; index < classes; index++) {
    const base = index * rows * columns
    mixRows(
      logits.data,
      base + y.lower[i]! * columns,
      base + y.upper[i]! * columns,
      y.fraction[i]!,
      lines.subarray(index * columns, (index + 1) * columns),
    )
  }
  const powers = new Float32Array(classes)
  for (let j = 0; j < x.lower.length; j++) {
    const [left, right, s] = [x.lower[j]!, x.upper[j]!, x.fraction[j]!]
    let largest = -Infinity
    for (let index = 0; index < classes; index++) {
      const from = lines[index * columns + left]!
      const value = from + (lines[index * columns + right]! - from) * s
      powers[index] = value
      if (value > largest) largest = value
    }
    let sum = 0
    for (let index = 0; index < classes; index++) sum += powers[index] = Math.exp(powers[index]! - largest)
    const base = (x.start + j - first) * classes
    for (let index = 0; index < classes; index++) sums[base + index]! += powers[index]! / sum
  }
}

/** The averaged probabilities on the first view's grid, as logs: softmax of them is them. */
function gridAverage(views: readonly ScoredView[], placement: Placement, patch: number): Tensor {
  const classes = views[0]!.logits.shape[0]!
  const [rows, columns] = [placement.input.height / patch, placement.input.width / patch]
  const sums = new Float32Array(classes * rows * columns)
  for (const { logits } of views) {
    const [, viewRows, viewColumns] = logits.shape as [number, number, number]
    const whole = {
      ...placement,
      source: { width: columns, height: rows },
      resized: { width: columns, height: rows },
      left: 0,
      top: 0,
      input: { width: columns, height: rows },
    }
    const axes = gridAxes(whole, [viewRows, viewColumns])
    for (let row = 0; row < rows; row++) {
      const line = new Float32Array(columns * classes)
      addRow({ logits, ...axes }, row, { sums: line, first: 0, classes })
      for (let column = 0; column < columns; column++) {
        for (let index = 0; index < classes; index++)
          sums[(index * rows + row) * columns + column]! += line[column * classes + index]! / views.length
      }
    }
  }
  return tensor(
    'float32',
    sums.map((value) => Math.log(Math.max(value, 1e-30))),
    [classes, rows, columns],
  )
}
