import { assertNotAborted } from '../assert-not-aborted.ts'
import type { Backbone } from '../backbone.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { Look } from '../look.ts'
import type { Pixels } from '../pixels.ts'
import type { PicturePart } from '../picture-part.ts'
import type { Placement } from '../placement.ts'
import { prepare, prepareLook, preprocessingId, sourceWindow, stackPixels, type InputSize, type Padding } from '../prepare.ts'
import type { Window } from '../window.ts'
import type { Runtime } from '../runtime.ts'
import type { Size } from '../size.ts'
import type { Timing, Tokens } from '../tokens.ts'
import type { EmbedOptions, LookOptions } from '../vision.ts'
import type { BackboneSession } from './backbone-session.ts'
import { maskFor } from './mask-for.ts'

/** A picture that is ready for the model. */
export interface Prepared {
  readonly pixels: Pixels
  readonly placement: Placement
  readonly padding?: Padding
  /** What the fingerprint is to say of how it was prepared. */
  readonly preprocessing: string
  readonly decode: number
  readonly prepare: number
}

/** The way from a picture to its tokens, step by step. */
export interface PictureReader<Source> {
  fingerprint(size?: InputSize): Fingerprint
  /**
   * Decodes.
   *
   * @param size - the one size that it is to be prepared for, where that is all that follows: the rest of the picture
   *   may then be missing
   */
  decode(source: Source, options: LookOptions, size?: InputSize): Promise<Decoded>
  prepare(decoded: Decoded, size: InputSize, flip?: boolean): Prepared
  look(decoded: Decoded, look: Look): Prepared
  /** Runs pictures of one size and one padding. */
  run(pictures: readonly Prepared[], options: EmbedOptions): Promise<Tokens[]>
}

/** A decoded picture, and how long that took. */
export interface Decoded {
  readonly pixels: Pixels
  /** Where they lie in the picture, where they are not all of it. */
  readonly part?: PicturePart
  readonly elapsed: number
}

/** Makes the steps of one vision. */
export function createPictureReader<Source>(
  runtime: Runtime<Source>,
  backbone: Backbone,
  session: BackboneSession,
  { pixelLimit, size: defaultSize }: { readonly pixelLimit: number | undefined; readonly size: InputSize },
): PictureReader<Source> {
  const { card } = backbone
  const { preprocessing } = card
  const { patch } = card.architecture
  const fingerprintOf = (prepared: string): Fingerprint => ({
    model: card.id,
    weights: backbone.digest,
    precision: backbone.precision,
    preprocessing: prepared,
    interpolation: card.interpolation,
  })
  return {
    fingerprint: (size = defaultSize) => fingerprintOf(preprocessingId(preprocessing, size)),
    async decode(source, { signal }, size) {
      assertNotAborted(signal)
      const started = performance.now()
      let part: PicturePart | undefined
      const window = (whole: Size): Window => {
        const needed = sourceWindow(whole, { size: size!, preprocessing, patch })
        part = { source: whole, left: needed.left, top: needed.top }
        return needed
      }
      const pixels = await runtime.decodeImage(source, {
        ...(pixelLimit !== undefined && { pixelLimit }),
        ...(signal && { signal }),
        ...(size !== undefined && { window }),
      })
      return { pixels, ...(part && { part }), elapsed: performance.now() - started }
    },
    prepare({ pixels, part, elapsed }, size, flip = false) {
      const started = performance.now()
      const prepared = prepare(pixels, { size, preprocessing, patch, flip, ...(part && { part }) })
      const id = `${flip ? 'mirrored-' : ''}${preprocessingId(preprocessing, size)}`
      return { ...prepared, preprocessing: id, decode: elapsed, prepare: performance.now() - started }
    },
    look({ pixels }, look) {
      const started = performance.now()
      const prepared = prepareLook(pixels, look, { preprocessing, patch })
      return { ...prepared, preprocessing: preprocessingId(preprocessing, 'look'), decode: 0, prepare: performance.now() - started }
    },
    async run(pictures, { mask, pixels = false, signal }) {
      const [{ pixels: first, padding }] = pictures as [Prepared]
      const { width, height } = first
      const grid = [height / patch, width / patch] as const
      const masks = maskFor(session.masks(), mask, pictures.length, grid)
      const started = performance.now()
      const results = await session.run(stackPixels(pictures.map((picture) => picture.pixels)), masks, padding, grid, signal)
      const elapsed = (performance.now() - started) / pictures.length
      return results.map((tokens, index) => {
        const { pixels: input, placement, preprocessing, decode, prepare } = pictures[index]!
        const timing: Timing = { decode, prepare, run: elapsed }
        return { ...tokens, placement, fingerprint: fingerprintOf(preprocessing), timing, ...(pixels && { pixels: input }) }
      })
    },
  }
}
