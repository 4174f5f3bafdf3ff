import { draw } from './draw.ts'
import { box, image, type Element } from './element.ts'
import { FAINT, INK, LINE, PAPER } from './paper-colours.ts'

/** One curve of a run. */
export interface LearningCurve {
  readonly name: string
  /** Step and value, in the order of steps. */
  readonly points: readonly (readonly [step: number, value: number])[]
}

const WIDTH = 720
const HEIGHT = 220
const PADDING = 24
const ACCENT = '#2f6fde'

/**
 * Draws curves over the steps of a run, one below the other, each with its lowest, highest and last value.
 *
 * @param title - of the run
 * @param curves - those without points are left out
 * @returns a PNG file
 */
export function learningCurves(title: string, curves: readonly LearningCurve[]): Promise<Buffer> {
  const drawn = curves.filter(({ points }) => points.length > 0)
  return draw(
    box(
      { width: '100%', flexDirection: 'column', backgroundColor: PAPER, fontFamily: 'Inter', color: INK, padding: PADDING, gap: PADDING },
      box({ fontSize: 20, fontWeight: 600 }, title),
      ...drawn.map(panel),
    ),
    WIDTH + 2 * PADDING,
  )
}

function panel({ name, points }: LearningCurve): Element {
  const values = points.map(([, value]) => value)
  const [low, high, last] = [Math.min(...values), Math.max(...values), values[values.length - 1]!]
  const text = (of: string): Element => box({ fontSize: 14, color: FAINT }, of)
  return box(
    { flexDirection: 'column', gap: 6 },
    box(
      { justifyContent: 'space-between', width: WIDTH },
      box({ fontSize: 16, fontWeight: 600 }, `${name} ${format(last)}`),
      text(`${format(low)} to ${format(high)}`),
    ),
    image(`data:image/svg+xml;base64,${Buffer.from(plot(points, low, high)).toString('base64')}`, { width: WIDTH, height: HEIGHT }),
    box({ justifyContent: 'space-between', width: WIDTH }, text(`step ${points[0]![0]}`), text(`step ${points[points.length - 1]![0]}`)),
  )
}

function plot(points: LearningCurve['points'], low: number, high: number): string {
  const [first, last] = [points[0]![0], points[points.length - 1]![0]]
  const x = (step: number): number => 4 + ((WIDTH - 8) * (step - first)) / Math.max(1, last - first)
  const y = (value: number): number => HEIGHT - 6 - ((HEIGHT - 12) * (value - low)) / (high - low || 1)
  const at = points.map(([step, value]) => [x(step).toFixed(1), y(value).toFixed(1)] as const)
  const dots = points.length <= 50 ? at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${ACCENT}"/>`).join('') : ''
  const frame = `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" fill="none" stroke="${LINE}"/>`
  const line = `<polyline points="${at.map((pair) => pair.join(',')).join(' ')}" fill="none" stroke="${ACCENT}" stroke-width="1.5"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${frame}${line}${dots}</svg>`
}

function format(value: number): string {
  return value.toPrecision(3)
}
