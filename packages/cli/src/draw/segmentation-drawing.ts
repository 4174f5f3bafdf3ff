import type { Pixels } from '@dinokit/core'
import type { Segmentation, SegmentedClass } from '@dinokit/head-segmentation'
import { blend } from './parts/blend.ts'
import { captioned } from './captioned.ts'
import { drawContours } from './parts/contours.ts'
import { drawingSize } from './parts/drawing-size.ts'
import { box, type Element, type TextBox } from './element.ts'
import { enlarge, enlargeLabels } from './parts/enlarge.ts'
import { formatShare } from './parts/format-share.ts'
import { FAINT, LINE } from './parts/paper-colors.ts'
import { shorten } from './parts/shorten.ts'
import { legendOfUnseen, UNSEEN } from './unseen.ts'

/** Most rows of a legend; the smallest classes share the last one. */
const LISTED = 12
const LONGEST_NAME = 28
const OPACITY = 0.55
const CONTOUR = [255, 255, 255] as const

/**
 * Classes as their colors, with contours between them and a legend of names and areas beneath.
 *
 * @param segmentation - of an image
 * @param under - the image, where the colors are to lie over it
 * @returns a PNG file
 */
export async function segmentationDrawing({ labels, classes }: Segmentation, under?: Pixels): Promise<Buffer> {
  const [height, width] = labels.shape
  const { factor, text } = drawingSize({ width, height })
  const large = enlargeLabels(labels, factor)
  const colors = labelColors(large, classes)
  const unseen = (pixel: number): boolean => large.data[pixel] === labels.unknown
  const shown = under ? blend(colors, await enlarge(under, factor, 'cubic'), OPACITY, unseen) : colors
  drawContours(shown, large, Math.max(1, Math.round(text / 9)), CONTOUR)
  const crop = !under && (labels.data as Uint8Array).includes(labels.unknown)
  return captioned(shown, text, (room) =>
    box({ flexDirection: 'column', gap: text * 0.35 }, legend(classes, room, text), ...(crop ? [legendOfUnseen(text)] : [])),
  )
}

/** Labels as the colors of their classes, one pixel a pixel; gray where nothing is known. */
export function labelColors(
  { data: labels, shape }: Pick<Segmentation['labels'], 'data' | 'shape'>,
  classes: readonly SegmentedClass[],
): Pixels {
  const [height, width] = shape
  const palette = new Uint8Array(3 * 65_536)
  for (let i = 0; i < palette.length; i++) palette[i] = UNSEEN[i % 3]!
  for (const { index, color = UNSEEN } of classes) palette.set(color, index * 3)
  const data = new Uint8Array(width * height * 3)
  for (let pixel = 0, to = 0; pixel < labels.length; pixel++, to += 3) {
    const from = labels[pixel]! * 3
    data[to] = palette[from]!
    data[to + 1] = palette[from + 1]!
    data[to + 2] = palette[from + 2]!
  }
  return { data, width, height }
}

function legend(classes: readonly SegmentedClass[], room: number, text: number): Element {
  const listed = classes.length > LISTED ? classes.slice(0, LISTED - 1) : classes
  const others = classes.slice(listed.length)
  const gap = text * 1.6
  const longest = Math.max(...classes.map(({ name }) => Array.from(name).length), 6)
  const wanted = text * (Math.min(longest, LONGEST_NAME) * 0.62 + 6)
  const columns = Math.max(1, Math.min(listed.length + Math.sign(others.length), Math.floor((room + gap) / (wanted + gap))))
  const width = Math.min((room - gap * (columns - 1)) / columns, wanted * 1.3)
  const rows = [
    ...listed.map(({ name, share, color = UNSEEN }) => row(name, share, { width, text }, `rgb(${color.join(',')})`)),
    ...(others.length > 0 ? [row(`${others.length} others`, sumOf(others), { width, text })] : []),
  ]
  return box({ flexWrap: 'wrap', width: room, columnGap: Math.floor(gap), rowGap: text * 0.35 }, ...rows)
}

function sumOf(classes: readonly SegmentedClass[]): number {
  return classes.reduce((sum, { share }) => sum + share, 0)
}

function row(name: string, share: number, { width, text }: TextBox, color?: string): Element {
  const side = Math.round(text * 0.95)
  return box(
    { width: Math.floor(width), alignItems: 'center', gap: text * 0.5 },
    box({
      width: side,
      height: side,
      borderRadius: side / 5,
      flexShrink: 0,
      border: `${Math.max(1, Math.round(text / 16))}px solid ${LINE}`,
      ...(color !== undefined && { backgroundColor: color }),
    }),
    box(
      { flexGrow: 1, flexShrink: 1, overflow: 'hidden', whiteSpace: 'nowrap', ...(color === undefined && { color: FAINT }) },
      shorten(name, LONGEST_NAME),
    ),
    box({ flexShrink: 0, color: FAINT }, formatShare(share)),
  )
}
