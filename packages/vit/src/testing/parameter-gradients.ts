import type { AnyTensor, ModelCard, Tensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, gradients, type Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { foldParameters, foldPositions } from '../fold-parameters.ts'
import { rotationOf } from '../rotary/rotation.ts'
import { vitForward } from '../vit-graph.ts'

/**
 * Runs a network forward and back, for the loss mean(class token * cls) + mean(patches * patches given).
 *
 * @param card - of the network
 * @param tensors - its parameters by Meta's names
 * @param pixels - uint8 [batch][height][width][3]
 * @param by - what tokens are multiplied with: [batch][dim] and [batch][rows * columns][dim]
 * @returns the loss, and the gradient of every parameter
 */
export async function parameterGradients(
  card: ModelCard,
  tensors: Readonly<Record<string, Tensor>>,
  pixels: AnyTensor,
  by: { readonly cls: AnyTensor; readonly patches: AnyTensor },
): Promise<{ readonly loss: number; readonly gradients: Readonly<Record<string, AnyTensor>> }> {
  const { architecture } = card
  const { dim, patch, registers, positionGrid } = architecture
  const [, height, width] = pixels.shape as [number, number, number, number]
  const grid = [height / patch, width / patch] as const
  const g = createGraphBuilder('gradients')
  const parameters: Record<string, Value> = {}
  for (const [name, { shape }] of Object.entries(tensors)) parameters[name] = g.input(name, 'float32', shape)
  const placed =
    positionGrid[0] === 0
      ? { rotation: g.constant(rotationOf(card)(grid)) }
      : { positions: foldPositions(g, card, parameters.pos_embed!, grid) }
  const input = g.input('pixels', 'uint8', ['batch', height, width, 3])
  const { tokens } = vitForward(
    g,
    { architecture, weights: foldParameters(g, card, parameters) },
    { pixels: input, ...placed },
    { fused: false },
  )
  const weighed = (start: number, end: number, { data, shape }: AnyTensor): Value => {
    const part = g.apply('Slice', [tokens, g.integers(start), g.integers(end), g.integers(1)])
    const factors = g.constant({ dtype: 'float32', data: data as Float32Array, shape: [shape[0]!, end - start, dim] })
    return g.apply('ReduceMean', [g.apply('Mul', [part, factors])], { keepdims: 0 })
  }
  const first = 1 + registers
  const loss = g.apply('Add', [weighed(0, 1, by.cls), weighed(first, first + grid[0] * grid[1], by.patches)])
  const names = Object.keys(tensors)
  const found = gradients(
    g,
    loss,
    names.map((name) => parameters[name]!),
  )
  names.forEach((name, index) => g.output(`grad.${name}`, found[index]!, 'float32', tensors[name]!.shape))
  g.output('loss', loss, 'float32', [])
  await using session = await createSession(encodeModel(g.build()))
  const results = await session.run({ ...tensors, pixels })
  return {
    loss: (results.loss!.data as Float32Array)[0]!,
    gradients: Object.fromEntries(names.map((name) => [name, results[`grad.${name}`]!])),
  }
}
