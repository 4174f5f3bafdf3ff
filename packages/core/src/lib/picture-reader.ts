import { assertNotAborted } from '../assert-not-aborted.ts'
import type { Backbone } from '../backbone.ts'
import type { Fingerprint } from '../fingerprint.ts'
import type { Look } from '../look.ts'
import type { Pixels } from '../pixels.ts'
import type { Placement } from '../placement.ts'
import { prepare, prepareLook, preprocessingId, stackPixels, type InputSize, type Padding } from '../prepare.ts'
import type { Runtime } from '../runtime.ts'
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
  /** Decodes; the size of the call or of the vision, or `otherwise`, is kept for what follows. */
  decode(source: Source, options: LookOptions): Promise<Decoded>
  prepare(decoded: Decoded, size: InputSize): Prepared
  look(decoded: Decoded, look: Look): Prepared
  /** Runs pictures of one size and one padding. */
  run(pictures: readonly Prepared[], options: EmbedOptions): Promise<Tokens[]>
}

/** A decoded picture, and how long that took. */
export interface Decoded {
  readonly pixels: Pixels
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
    async decode(source, { signal }) {
      assertNotAborted(signal)
      const started = performance.now()
      const pixels = await runtime.decodeImage(source, { ...(pixelLimit !== undefined && { pixelLimit }), ...(signal && { signal }) })
      return { pixels, elapsed: performance.now() - started }
    },
    prepare({ pixels, elapsed }, size) {
      const started = performance.now()
      const prepared = prepare(pixels, { size, preprocessing, patch })
      return { ...prepared, preprocessing: preprocessingId(preprocessing, size), decode: elapsed, prepare: performance.now() - started }
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
