import { DinokitError, modelCardText, type Architecture, type OnnxModel, type Tensor } from '@dinokit/core'
import {
  describeModel,
  encodeModel,
  encodeSelfContained,
  LARGEST_FILE,
  type GraphBuilder,
  type ModelDescription,
  type ModelFile,
  type Value,
  type Weight,
} from '@dinokit/onnx'
import { CARD_KEY } from './carried-card.ts'
import { withoutClassToken } from './fold-parameters.ts'
import { assertCalibrationOf } from './precision/calibration.ts'
import { preciseGraph, type PrecisionForm } from './precision/in-precision.ts'
import type { VitBackbone } from './vit-backbone.ts'
import { vitGraph, withPixelsOf, type FixedGraph } from './vit-graph.ts'

/** Options of {@link exportVit}. */
export interface ExportOptions {
  /** Size of the images that the file will take, in pixels. Default: the card's crop, square. */
  readonly size?: { readonly width: number; readonly height: number }
  /** Number format of the computation, where it is another one than float32. */
  readonly form?: PrecisionForm
  /** Name of the file that weights beyond 2 GB go to, beside the model. Default `model.onnx.data`. */
  readonly location?: string
}

/** A model as files: one, or the graph with its weights beside it. */
export type ExportedModel = Pick<ModelDescription, 'inputs' | 'outputs'> &
  ({ readonly kind: 'whole'; readonly file: ModelFile } | { readonly kind: 'beside'; readonly model: OnnxModel })

/**
 * Writes a backbone as plain ONNX (opset 20; in float32 and float16 no operator of onnxruntime's own) for images of one size: uint8 RGB
 * [batch][height][width][3] in (float32, 0-255, where the card's `resampler` is `torchvision-unrounded`); `last_hidden_state`, `cls`, `registers` and `patches` out, see {@link vitGraph}. Nothing
 * is read before the result's chunks are.
 *
 * @param backbone - to write
 * @param options - size of the images
 * @throws DinokitError `size-invalid` where the size is no multiple of the patch, `model-unsupported` without a class token, `invalid-option` for another
 *   model's calibration
 */
export function exportVit(backbone: VitBackbone, options: ExportOptions = {}): ExportedModel {
  const { card, weights } = backbone
  const { patch, pooling } = card.architecture
  if (pooling === 'mean') throw withoutClassToken(card.id, 'be exported')
  const { width, height } = options.size ?? { width: card.preprocessing.crop, height: card.preprocessing.crop }
  if (![width, height].every((side) => Number.isInteger(side) && side > 0 && side % patch === 0)) {
    throw new DinokitError('size-invalid', `Can’t export a model for images of ${width}x${height}.`, {
      given: `${width}x${height}`,
      expected: `sides that are multiples of ${patch}`,
    })
  }
  const grid = [height / patch, width / patch] as const
  const { form } = options
  const rotation = backbone.rotation?.(grid)
  const fixed: FixedGraph = {
    ...{ grid, positions: weightOf(backbone.positions(grid)), ...(rotation && { rotation: weightOf(rotation) }) },
    writeOutputs: (g, values) => splitOutputs(g, values, card.architecture, grid),
  }
  const plain = { fused: false, fixed } as const
  if (form?.precision === 'int8') assertCalibrationOf(backbone, form.calibration)
  const graph = withPixelsOf(form ? preciseGraph(backbone, form, plain) : vitGraph(card.architecture, weights, plain), card.preprocessing)
  const carried = form ? { ...card, precision: form.precision } : card
  const metadata = { [CARD_KEY]: modelCardText(carried), license: card.license, origin: card.origin, weights: backbone.digest }
  const beside = encodeModel(graph, { metadata, ...(options.location && { location: options.location }) })
  const { inputs, outputs } = describeModel(beside.graph, card.id)
  if ((beside.weights?.byteLength ?? 0) > LARGEST_FILE) return { kind: 'beside', model: beside, inputs, outputs }
  return { kind: 'whole', inputs, outputs, file: encodeSelfContained(graph, { metadata }) }
}

/** Writes the tokens, and by kind: `last_hidden_state`, `cls`, `registers` where there are any, `patches`. */
function splitOutputs(
  g: GraphBuilder,
  { tokens, batch }: { readonly tokens: Value; readonly batch: Value },
  { dim, registers }: Architecture,
  [rows, columns]: readonly [number, number],
): void {
  const batched = (...rest: number[]): Value => g.apply('Concat', [batch, g.integers(...rest)], { axis: 0 })
  const first = 1 + registers
  const slice = (start: number, end: number): Value => g.apply('Slice', [tokens, g.integers(start), g.integers(end), g.integers(1)])
  g.output('last_hidden_state', tokens, 'float32', ['batch', first + rows * columns, dim])
  g.output('cls', g.apply('Reshape', [slice(0, 1), batched(dim)]), 'float32', ['batch', dim])
  if (registers > 0) g.output('registers', slice(1, first), 'float32', ['batch', registers, dim])
  g.output('patches', g.apply('Reshape', [slice(first, first + rows * columns), batched(rows, columns, dim)]), 'float32', [
    'batch',
    rows,
    columns,
    dim,
  ])
}

function weightOf({ shape, data }: Tensor): Weight {
  return { dtype: 'float32', shape, read: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}
