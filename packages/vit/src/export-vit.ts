import { DinokitError, modelCardText, type OnnxModel } from '@dinokit/core'
import { describeModel, encodeModel, encodeSelfContained, LARGEST_FILE, type ModelDescription, type ModelFile } from '@dinokit/onnx'
import { CARD_KEY } from './carried-card.ts'
import { withoutClassToken } from './fold-parameters.ts'
import { assertCalibrationOf } from './precision/calibration.ts'
import { preciseGraph, type PrecisionForm } from './precision/in-precision.ts'
import type { VitBackbone } from './vit-backbone.ts'
import { vitGraph } from './vit-graph.ts'

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
 * [batch][height][width][3] in; `last_hidden_state`, `cls`, `registers` and `patches` out, see {@link vitGraph}. Nothing
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
  const plain = { fused: false, fixed: { grid, positions: backbone.positions(grid) } } as const
  if (form?.precision === 'int8') assertCalibrationOf(backbone, form.calibration)
  const graph = form ? preciseGraph(backbone, form, plain) : vitGraph(card.architecture, weights, plain)
  const carried = form ? { ...card, precision: form.precision } : card
  const metadata = { [CARD_KEY]: modelCardText(carried), license: card.license, origin: card.origin, weights: backbone.digest }
  const beside = encodeModel(graph, { metadata, ...(options.location && { location: options.location }) })
  const { inputs, outputs } = describeModel(beside.graph, card.id)
  if ((beside.weights?.byteLength ?? 0) > LARGEST_FILE) return { kind: 'beside', model: beside, inputs, outputs }
  return { kind: 'whole', inputs, outputs, file: encodeSelfContained(graph, { metadata }) }
}
