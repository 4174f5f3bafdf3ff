import type { AnyTensor, ModelCard, Tensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, type Value } from '@dinokit/onnx'
import { listParameters } from '@dinokit/vit'
import type { SessionMaker } from '../step/create-trainer.ts'
import { trainableVit } from '../distillation/trainable-vit.ts'

/** Gives the class tokens of a network while it is trained. Whoever makes it disposes of it; disposing twice is safe. */
export interface ClassTokenSession {
  /**
   * Looks at images.
   *
   * @param parameters - by Meta's names, as they are now
   * @param pixels - uint8 [batch][crop][crop][3]: the card's own crop
   * @param signal - cancels it
   * @returns [batch][dim]
   */
  run(parameters: Readonly<Record<string, Tensor>>, pixels: Tensor<'uint8'>, signal?: AbortSignal): Promise<Tensor>
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Makes a session whose parameters are inputs: one for all evaluations of a run, as the engine's memory grows with every
 * session that is made.
 *
 * @param runtime - makes sessions
 * @param card - of the network
 * @throws DinokitError `session-failed`, `aborted`
 */
export async function createClassTokenSession(runtime: SessionMaker, card: ModelCard): Promise<ClassTokenSession> {
  const { architecture, preprocessing } = card
  const { crop } = preprocessing
  const g = createGraphBuilder('class tokens')
  const values: Record<string, Value> = {}
  const names = listParameters(architecture).filter(({ name }) => name !== 'mask_token')
  for (const { name, shape } of names) values[name] = g.input(name, 'float32', shape)
  const pixels = g.input('pixels', 'uint8', ['batch', crop, crop, 3])
  const { cls } = trainableVit(g, card, values).tokens(pixels, [crop, crop], { fused: true })
  g.output('cls', cls, 'float32', ['batch', architecture.dim])
  const session = await runtime.createSession(encodeModel(g.build()))
  return {
    async run(parameters, seen, signal) {
      const feeds: Record<string, AnyTensor> = { pixels: seen }
      for (const { name } of names) feeds[name] = parameters[name]!
      return (await session.run(feeds, { ...(signal && { signal }) })).cls as Tensor
    },
    dispose: () => session.dispose(),
    [Symbol.asyncDispose]: () => session.dispose(),
  }
}
