import { DinokitError, tensor, type Backbone, type RunOptions, type Runtime, type Tensor } from '@dinokit/core'

/** Looks at images with a frozen network. Whoever makes it disposes of it. */
export interface TeacherSession {
  /**
   * The tokens after the final LayerNorm: CLS, registers, patches.
   *
   * @param pixels - uint8 [images][height][width][3]
   * @param options - cancellation
   * @returns [images][1 + registers + rows * columns][dim]
   * @throws DinokitError `aborted`
   */
  tokens(pixels: Tensor<'uint8'>, options?: RunOptions): Promise<Tensor>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Makes a session of a teacher.
 *
 * @param runtime - makes sessions
 * @param teacher - stays open, and the caller's
 * @throws DinokitError `session-failed`, `model-unsupported` for a teacher whose images have not three channels
 */
export async function createTeacherSession(runtime: Pick<Runtime, 'createSession'>, teacher: Backbone): Promise<TeacherSession> {
  const { patch, channels = 3 } = teacher.card.architecture
  if (channels !== 3) {
    throw new DinokitError('model-unsupported', `${teacher.card.id} takes images of ${channels} channels, so it can’t be a teacher here.`, {
      given: `${channels} channels`,
      expected: 'a network for images of 3 channels: red, green, blue',
    })
  }
  const graph = teacher.graph({})
  const session = await runtime.createSession(graph.model)
  return {
    async tokens(pixels, options) {
      const [count, height, width] = pixels.shape as [number, number, number]
      const outputs = await session.run(graph.feeds(pixels, undefined, undefined), options)
      const seen = graph.read(outputs, count, [height / patch, width / patch])
      return stackTokens(seen.map(({ cls, registers, patches }) => [cls, registers, patches]))
    },
    [Symbol.asyncDispose]: () => session.dispose(),
  }
}

/**
 * Puts the tokens of images one after the other.
 *
 * @param images - of each, tensors whose last axis is a token’s width; the first one is [dim]
 * @returns [images][tokens][dim]
 */
export function stackTokens(images: readonly (readonly Tensor[])[]): Tensor {
  const dim = images[0]![0]!.data.length
  const length = images[0]!.reduce((sum, { data }) => sum + data.length, 0)
  const tokens = new Float32Array(images.length * length)
  let offset = 0
  for (const { data } of images.flat()) {
    tokens.set(data, offset)
    offset += data.length
  }
  return tensor('float32', tokens, [images.length, length / dim, dim])
}
