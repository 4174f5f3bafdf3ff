import { DinokitError, type Region } from '@dinokit/core'
import type { Neighbor } from '@dinokit/store'
import { basename } from 'node:path'
import { draw } from './draw.ts'
import { box, image, type Element } from './element.ts'
import { FAINT, INK, PAPER } from './parts/paper-colors.ts'
import { shorten } from './parts/shorten.ts'
import { thumbnail } from './thumbnail.ts'

const TILE = 220
const GAP = 20
const COLUMNS = 5
const ACCENT = '#2f6fde'

/** An image, and the part of it that is framed. */
interface Framed {
  readonly source: string
  readonly region?: Region | undefined
}

/** Parts of a neighbor that are drawn. */
type Drawn = Neighbor<'source' | 'label'> & Framed

/**
 * An image and its neighbors, as an image: the query large on the left, the neighbors in rows beside it, each with
 * its rank, name, label and similarity.
 *
 * @param query - path of the image that was looked for, and the part of it that was
 * @param neighbors - nearest first; of those of patches, the patch is framed
 * @returns a PNG file
 */
export async function contactSheet(query: Framed, neighbors: readonly Drawn[]): Promise<Buffer> {
  const columns = Math.max(1, Math.min(COLUMNS, neighbors.length))
  const large = TILE * 1.5
  const width = Math.round(large + columns * (TILE + GAP) + GAP * 4)
  const [first, ...tiles] = await Promise.all([
    tile(query, large, [line(shorten(basename(query.source), 34), 17, INK, 600), line('query', 14, ACCENT, 600)]),
    ...neighbors.map((neighbor, index) => tile(neighbor, TILE, caption(neighbor, index + 1))),
  ])
  return draw(
    box(
      { width: '100%', backgroundColor: PAPER, fontFamily: 'Inter', padding: GAP, gap: GAP * 2 },
      first,
      box({ flexWrap: 'wrap', gap: GAP, width: columns * (TILE + GAP) }, ...tiles),
    ),
    width,
  )
}

function caption({ source, label, similarity }: Drawn, rank: number): Element[] {
  return [
    box(
      { justifyContent: 'space-between', width: TILE },
      line(`${rank}. ${shorten(label ?? basename(source), 18)}`, 15, INK, 600),
      line(similarity.toFixed(3), 15, ACCENT, 600),
    ),
    ...(label === undefined ? [] : [line(shorten(basename(source), 30), 13, FAINT)]),
    box({ width: TILE, height: 4, backgroundColor: '#e8eaee', borderRadius: 2, marginTop: 4 }, bar(similarity)),
  ]
}

/** Draws a similarity as a bar. */
function bar(similarity: number): Element {
  return box({ width: Math.round(TILE * Math.min(1, Math.max(0, similarity))), height: 4, backgroundColor: ACCENT, borderRadius: 2 })
}

async function tile(framed: Framed, side: number, text: readonly Element[]): Promise<Element> {
  return box(
    { flexDirection: 'column', width: side, gap: 3 },
    box(
      {
        width: side,
        height: side,
        backgroundColor: '#f3f4f6',
        borderRadius: 8,
        overflow: 'hidden',
        alignItems: 'center',
        justifyContent: 'center',
        marginBottom: 6,
      },
      await imageOf(framed, side),
    ),
    ...text,
  )
}

async function imageOf({ source, region }: Framed, side: number): Promise<Element> {
  try {
    const { src, width, height, scale } = await thumbnail(source, side)
    const drawn = image(src, { width, height })
    return region ? box({ position: 'relative', width, height }, drawn, frame(region, scale)) : drawn
  } catch (error) {
    if (!DinokitError.is(error)) throw error
    return line(error.code === 'file-not-found' ? 'not there any more' : 'can’t be read', 14, FAINT)
  }
}

function frame({ left, top, width, height }: Region, scale: number): Element {
  return box({
    position: 'absolute',
    left: left * scale,
    top: top * scale,
    width: Math.max(4, width * scale),
    height: Math.max(4, height * scale),
    border: `3px solid ${ACCENT}`,
  })
}

function line(text: string, fontSize: number, color: string, fontWeight = 400): Element {
  return box({ fontSize, color, fontWeight, lineHeight: 1.25 }, text)
}
