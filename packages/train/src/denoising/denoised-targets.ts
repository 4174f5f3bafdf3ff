import {
  classAttention,
  DinokitError,
  stackBytes,
  tensor,
  type Backbone,
  type Pixels,
  type RunOptions,
  type Runtime,
  type Tensor,
} from '@dinokit/core'
import { cornerOf, cutPixels, reflectPixels, type WindowOffset } from './windows.ts'

/** Tokens of an image by its teacher, averaged over windows. */
export interface DenoisedTargets {
  /** [rows][columns][dim], after the final LayerNorm. */
  readonly patches: Tensor
  /** Attention of the last layer’s class token to the patches, as multiples of even attention: [heads][rows][columns]. */
  readonly attention: Tensor
}

/** Windows of {@link DenoisingTeacher.targets}. */
export interface TargetWindows {
  /** Patches by which the image is continued on every side. */
  readonly padding: number
  /** Rows and columns of a window in patches. */
  readonly side: number
  /** Upper left corners, in patches of the padded image. */
  readonly offsets: readonly WindowOffset[]
}

/** A frozen teacher that looks at windows. Whoever makes it disposes of it. */
export interface DenoisingTeacher {
  /**
   * Averages what the teacher sees of an image's patches over windows of the padded image and their mirror images: what
   * hangs on the place in the frame averages out (arXiv 2401.02957, 2505.21501). The corners of windows are left out.
   *
   * @param pixels - the image, its sides multiples of the patch
   * @param windows - which
   * @param options - cancellation
   * @throws DinokitError `size-invalid` where windows leave a patch out, `aborted`
   */
  targets(pixels: Pixels, windows: TargetWindows, options?: RunOptions): Promise<DenoisedTargets>
  /**
   * The class token of the layers, one after the other, of images.
   *
   * @param pixels - uint8 [images][height][width][3]
   * @param options - cancellation
   * @returns [images][layers * dim]
   * @throws DinokitError `aborted`
   */
  classTokens(pixels: Tensor<'uint8'>, options?: RunOptions): Promise<Tensor>
  [Symbol.asyncDispose](): Promise<void>
}

/** Windows of one run of the teacher. */
const TOGETHER = 8

/**
 * Makes the sessions of a teacher, each when it is needed first.
 *
 * @param runtime - makes sessions
 * @param teacher - stays open, and the caller's
 * @param layers - whose class tokens are wanted, counted from 1; none stands for the last
 * @throws DinokitError `session-failed`, `output-unavailable` where the teacher has not these layers, or gives no attention
 */
export function createDenoisingTeacher(
  runtime: Pick<Runtime, 'createSession'>,
  teacher: Backbone,
  layers: readonly number[] = [],
): DenoisingTeacher {
  const { patch, depth, dim } = teacher.card.architecture
  const wanted = layers.length > 0 ? layers : [depth]
  const open = (outputs: Parameters<Backbone['graph']>[0]) => {
    const graph = teacher.graph(outputs)
    let session: ReturnType<typeof runtime.createSession> | undefined
    return {
      async look(pixels: Tensor<'uint8'>, options?: RunOptions) {
        session ??= runtime.createSession(graph.model)
        const [count, height, width] = pixels.shape as [number, number, number]
        const found = await (await session).run(graph.feeds(pixels, undefined, undefined), options)
        return graph.read(found, count, [height / patch, width / patch])
      },
      close: async () => (await session)?.dispose(),
    }
  }
  const [whole, classes] = [open({ attention: [depth] }), open({ layers: wanted.filter((layer) => layer !== depth) })]
  return {
    async targets(pixels, { padding, side, offsets }, options) {
      const grid = [pixels.height / patch, pixels.width / patch] as const
      const padded = reflectPixels(pixels, padding * patch)
      const sums = createSums(grid, padding, side)
      const views = offsets.flatMap((offset) => [false, true].map((flip) => ({ offset, side, flip })))
      for (let from = 0; from < views.length; from += TOGETHER) {
        const some = views.slice(from, from + TOGETHER)
        const seen = await whole.look(stackBytes(some.map((view) => cutPixels(padded, view, patch))), options)
        seen.forEach((tokens, index) => sums.add(tokens.patches, classAttention(tokens.attention[depth]!, [side, side]), some[index]!))
      }
      return sums.means()
    },
    async classTokens(pixels, options) {
      const seen = await classes.look(pixels, options)
      const result = new Float32Array(seen.length * wanted.length * dim)
      seen.forEach((tokens, image) => {
        wanted.forEach((layer, place) => {
          const { cls } = layer === depth ? tokens : tokens.layers[layer]!
          result.set(cls.data, (image * wanted.length + place) * dim)
        })
      })
      return tensor('float32', result, [seen.length, wanted.length * dim])
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([whole.close(), classes.close()])
    },
  }
}

/** Adds windows up, where they lie in the image. */
function createSums([rows, columns]: readonly [number, number], padding: number, side: number) {
  const count = new Float32Array(rows * columns)
  let patches = new Float64Array(0)
  let attention = new Float64Array(0)
  let [dim, heads] = [0, 0]
  const corner = cornerOf(side)
  const near = (place: number): number => Math.min(place, side - 1 - place)
  return {
    add(seen: Tensor, map: Tensor, { offset, flip }: { readonly offset: WindowOffset; readonly flip: boolean }) {
      if (dim === 0) {
        ;[dim, heads] = [seen.data.length / side ** 2, map.shape[0]!]
        ;[patches, attention] = [new Float64Array(count.length * dim), new Float64Array(count.length * heads)]
      }
      for (let y = 0; y < side; y++) {
        const row = offset[0] + y - padding
        if (row < 0 || row >= rows) continue
        for (let x = 0; x < side; x++) {
          const column = offset[1] + x - padding
          if (column < 0 || column >= columns || near(y) + near(x) < corner) continue
          const [to, from] = [row * columns + column, y * side + (flip ? side - 1 - x : x)]
          count[to]!++
          for (let i = 0; i < dim; i++) patches[to * dim + i]! += seen.data[from * dim + i]!
          for (let head = 0; head < heads; head++) attention[head * count.length + to]! += map.data[head * side ** 2 + from]!
        }
      }
    },
    means(): DenoisedTargets {
      if (count.includes(0)) {
        throw new DinokitError('size-invalid', 'The windows leave patches of the image out.', {
          given: `${count.filter((each) => each === 0).length} of ${count.length} patches in no window`,
          expected: 'more windows, or larger ones',
        })
      }
      return {
        patches: tensor(
          'float32',
          Float32Array.from(patches, (sum, i) => sum / count[Math.floor(i / dim)]!),
          [rows, columns, dim],
        ),
        attention: tensor(
          'float32',
          Float32Array.from(attention, (sum, i) => sum / count[i % count.length]!),
          [heads, rows, columns],
        ),
      }
    },
  }
}
