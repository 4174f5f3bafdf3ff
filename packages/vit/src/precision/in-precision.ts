import { toFloat16 } from '@dinokit/checkpoint'
import type { Backbone, OutputRequest } from '@dinokit/core'
import { halveLayers, quantizeLinears, type Graph } from '@dinokit/onnx'
import type { VitBackbone } from '../vit-backbone.ts'
import { vitGraph, type VitGraphOptions } from '../vit-graph.ts'
import { assertCalibrationOf, type Calibration } from './calibration.ts'
import { int8Graph } from './int8-graph.ts'
import { listGroups, matrixNames } from './layer-groups.ts'

/** Number format of a network's computation other than float32, and what it needs. */
export type PrecisionForm =
  | {
      /**
       * `float16`: the linear layers and attention of the blocks in 16 bits, for GPUs: see `halveLayers`. `int8-weights` and
       * `int4-weights`: the matrices in 8 or 4 bits, for memory: see `quantizeLinears`.
       */
      readonly precision: 'float16' | 'int8-weights' | 'int4-weights'
    }
  | {
      /** The linear layers of the blocks in 8 bits, for speed on a processor: see `quantizeDynamic`. */
      readonly precision: 'int8'
      readonly calibration: Calibration
      /** Whether levels are unsigned: see `quantizeDynamic`. Default false. */
      readonly unsigned?: boolean
    }

/**
 * Makes the same network in another precision, which its tokens' fingerprint says. Closing one closes both.
 *
 * @param backbone - in float32
 * @param form - what it is to be computed in
 * @throws DinokitError `invalid-option` for a calibration of another model
 */
export function inPrecision(backbone: VitBackbone, form: PrecisionForm): Backbone {
  if (form.precision === 'int8') assertCalibrationOf(backbone, form.calibration)
  const { heads } = backbone
  return { ...backbone.withGraph(form.precision, (request) => preciseGraph(backbone, form, request)), ...(heads && { heads }) }
}

/**
 * Writes the graph of a network in a precision.
 *
 * @param backbone - architecture and weights
 * @param form - what it is to be computed in
 * @param options - outputs
 */
export function preciseGraph(
  { card: { architecture }, weights }: VitBackbone,
  form: PrecisionForm,
  options: OutputRequest & VitGraphOptions,
): Graph {
  if (form.precision !== 'int8') {
    const graph = vitGraph(architecture, weights, options)
    if (form.precision !== 'float16') return quantizeLinears(graph, form.precision === 'int4-weights' ? 4 : 8)
    return halveLayers(graph, { matrices: new Set(listGroups(architecture.depth).flatMap(matrixNames)), toFloat16 })
  }
  const { calibration, unsigned = false } = form
  return int8Graph({ architecture, weights, calibration, unsigned }, options)
}
