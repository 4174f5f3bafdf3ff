import { draw } from './draw.ts'
import { box, image, type Element, type Style } from './element.ts'
import { FAINT, INK, LINE, PAPER } from './parts/paper-colors.ts'

/** One curve of a run. */
export interface LearningCurve {
  readonly name: string
  /** Step and value, in the order of steps. */
  readonly points: readonly (readonly [step: number, value: number])[]
}

/** Options of {@link learningCurves}. */
export interface LearningCurveOptions {
  /** Name of the horizontal axis. Default `step`. */
  readonly unit?: string
  /** The step whose result was kept: it is marked, and its values are given. Default: the last values are given. */
  readonly kept?: number
}

const WIDTH = 720
const HEIGHT = 220
const LABELS = 56
const PADDING = 24
const ACCENT = '#2f6fde'

/**
 * Draws curves over the steps of a run, one below the other, each with its lowest and highest value and the last or kept one.
 *
 * @param title - of the run
 * @param curves - those without points are left out
 * @param options - what steps are called, which was kept
 * @returns a PNG file
 */
export function learningCurves(title: string, curves: readonly LearningCurve[], options: LearningCurveOptions = {}): Promise<Buffer> {
  const drawn = curves.filter(({ points }) => points.length > 0)
  return draw(
    box(
      { width: '100%', flexDirection: 'column', backgroundColor: PAPER, fontFamily: 'Inter', color: INK, padding: PADDING, gap: PADDING },
      box({ fontSize: 20, fontWeight: 600 }, title),
      ...drawn.map((curve) => panel(curve, options)),
    ),
    WIDTH + LABELS + 2 * PADDING,
  )
}

function panel({ name, points }: LearningCurve, { unit = 'step', kept }: LearningCurveOptions): Element {
  const values = points.map(([, value]) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const [last] = points.slice(-1)
  const shown = points.find(([step]) => step === kept) ?? last!
  const text = (of: string, style: Style = {}): Element => box({ fontSize: 14, color: FAINT, ...style }, of)
  const drawing = `data:image/svg+xml;base64,${Buffer.from(plot(points, low, high, kept)).toString('base64')}`
  return box(
    { flexDirection: 'column', gap: 6 },
    box(
      { justifyContent: 'space-between', width: LABELS + WIDTH },
      box({ fontSize: 16, fontWeight: 600 }, name),
      text(`${kept === undefined ? 'last' : `kept, ${unit} ${shown[0]}`}: ${format(shown[1])}`, { fontSize: 16 }),
    ),
    box(
      {},
      box(
        { flexDirection: 'column', justifyContent: 'space-between', alignItems: 'flex-end', width: LABELS - 8, marginRight: 8 },
        text(format(high)),
        text(low === high ? '' : format(low)),
      ),
      image(drawing, { width: WIDTH, height: HEIGHT }),
    ),
    box(
      { justifyContent: 'space-between', width: WIDTH, marginLeft: LABELS },
      text(`${unit} ${points[0]![0]}`),
      ...(points.length > 1 ? [text(`${unit} ${last![0]}`)] : []),
    ),
  )
}

function plot(points: LearningCurve['points'], low: number, high: number, kept: number | undefined): string {
  const [first, last] = [points[0]![0], points[points.length - 1]![0]]
  const x = (step: number): number => 6 + ((WIDTH - 12) * (step - first)) / Math.max(1, last - first)
  const y = (value: number): number => (low === high ? HEIGHT / 2 : HEIGHT - 8 - ((HEIGHT - 16) * (value - low)) / (high - low))
  const at = points.map(([step, value]) => [x(step).toFixed(1), y(value).toFixed(1)] as const)
  const dots = points.length <= 50 ? at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${ACCENT}"/>`).join('') : ''
  const frame = `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" fill="none" stroke="${LINE}"/>`
  const rules = [1, 2, 3].map((part) => rule(0, WIDTH, (part * HEIGHT) / 4)).join('')
  const line = `<polyline points="${at.map((pair) => pair.join(',')).join(' ')}" fill="none" stroke="${ACCENT}" stroke-width="2"/>`
  const marked = points.flatMap(([step], index) => (step === kept ? [at[index]!] : []))
  const marks = marked.map(
    ([cx, cy]) =>
      `<line x1="${cx}" x2="${cx}" y1="1" y2="${HEIGHT - 1}" stroke="${FAINT}" stroke-dasharray="4 4"/>` +
      `<circle cx="${cx}" cy="${cy}" r="5" fill="${PAPER}" stroke="${ACCENT}" stroke-width="2.5"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${rules}${frame}${line}${dots}${marks.join('')}</svg>`
}

function rule(from: number, to: number, y: number): string {
  return `<line x1="${from}" x2="${to}" y1="${y}" y2="${y}" stroke="${LINE}" stroke-opacity="0.6"/>`
}

function format(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3)
}
