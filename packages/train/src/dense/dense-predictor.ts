import { tensor, type SessionOptions, type Tensor } from '@dinokit/core'
import type { HeadOutput } from '@dinokit/head-kit'
import { createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '@dinokit/onnx'
import type { SessionMaker } from '../step/create-trainer.ts'
import type { HeadModel } from '../classifiers/head-model.ts'
import { scalar } from '../step/scalar.ts'
import { writeNetwork } from '../step/network.ts'

/** A dense head that answers for stored tokens. */
export interface DensePredictor {
  /**
   * Answers for some images.
   *
   * @param tokens - [images][rows * columns][channels]
   * @returns [images * rows * columns][classes] logits, or [images * rows * columns][1] meters
   */
  predict(tokens: Tensor | Tensor<'float16'>): Promise<Tensor>
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of {@link createDensePredictor}: what the tokens are, and cancellation, of its answers too. */
export interface DensePredictorOptions extends SessionOptions {
  /** Rows and columns of patches. */
  readonly grid: readonly [rows: number, columns: number]
  /** Element type of the tokens. */
  readonly dtype: 'float32' | 'float16'
}

/**
 * Makes the session of a trained dense head, for validation and for stored tokens.
 *
 * @param runtime - makes sessions
 * @param model - the head
 * @param options - grid and element type of the tokens, cancellation
 */
export async function createDensePredictor(
  runtime: SessionMaker,
  model: HeadModel,
  { grid, dtype, ...options }: DensePredictorOptions,
): Promise<DensePredictor> {
  const g = createGraphBuilder('dense head')
  const values: Record<string, Value> = {}
  for (const [name, { shape, data }] of Object.entries(model.tensors)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    values[name] = g.weight(name, { dtype: 'float32', shape, read: () => bytes })
  }
  const channels = model.tensors['network.0.weight']!.shape.at(model.steps[0]!.kind === 'batchnorm' ? 0 : 1)!
  const rows = tokenRows(g, channels, grid, dtype)
  const { y } = writeNetwork(g, rows, { steps: model.steps, values }, { maps: { channels, grid }, training: false })
  g.output('map', decodeHeadOutput(g, y, model.output), 'float32', ['rows', 'channels'])
  const session = await runtime.createSession(encodeModel(g.build()), options)
  const running = { ...(options.signal && { signal: options.signal }) }
  return {
    predict: async (tokens) => (await session.run({ tokens }, running)).map as Tensor,
    dispose: () => session.dispose(),
    [Symbol.asyncDispose]: () => session.dispose(),
  }
}

/** Declares the input `tokens`, and gives its rows in float32. */
export function tokenRows(g: GraphBuilder, channels: number, grid: readonly [number, number], dtype: 'float32' | 'float16'): Value {
  const tokens = g.input('tokens', dtype, ['batch', grid[0] * grid[1], channels])
  const floats = dtype === 'float16' ? g.apply('Cast', [tokens], { to: 1 }) : tokens
  return g.apply('Reshape', [floats, g.integers(-1, channels)])
}

/** Number of bins of Meta’s linear depth heads. */
export const DEPTH_BINS = 256

/** Meters [rows][1] of a depth network’s channels; logits as they are. */
export function decodeHeadOutput(g: GraphBuilder, y: Value, output: HeadOutput): Value {
  if (output.kind === 'classes') return y
  if (output.kind === 'log') {
    return g.apply('Exp', [g.apply('Clip', [y, scalar(g, Math.log(output.min)), scalar(g, Math.log(output.max))])])
  }
  const { min, max } = output
  const centers = Float32Array.from({ length: DEPTH_BINS }, (_, bin) => min + (bin * (max - min)) / (DEPTH_BINS - 1))
  const positive = g.apply('Add', [g.apply('Relu', [y]), scalar(g, 0.1)])
  const share = g.apply('Div', [positive, g.apply('ReduceSum', [positive, g.integers(1)], { keepdims: 1 })])
  return g.apply('MatMul', [share, g.constant(tensor('float32', centers, [DEPTH_BINS, 1]))])
}
