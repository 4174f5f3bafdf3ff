import type { Architecture, OutputRequest } from '@dinokit/core'
import { quantizeDynamic, type Graph, type Weight } from '@dinokit/onnx'
import { vitGraph, type VitGraphOptions, type VitWeights } from '../vit-graph.ts'
import type { Calibration } from './calibration.ts'
import { groupName, listGroups, matrixNames } from './layer-groups.ts'
import { smoothWeights, type SmoothedWeights } from './smooth-weights.ts'

/** Network that {@link int8Graph} writes. */
export interface Int8Network {
  readonly architecture: Architecture
  /** Folded, not smoothed. */
  readonly weights: VitWeights
  readonly calibration: Pick<Calibration, 'largest' | 'float32'>
  /** Whether levels are unsigned: see `quantizeDynamic`. */
  readonly unsigned: boolean
}

/**
 * The network with the linear layers of its blocks in 8 bits, smoothed, but for those that the calibration leaves in float32.
 *
 * @param network - weights and calibration
 * @param options - outputs
 */
export function int8Graph(network: Int8Network, options: OutputRequest & VitGraphOptions): Graph {
  const smoothed = smoothWeights(network.weights, network.calibration)
  return quantizeSmoothed(vitGraph(network.architecture, smoothed.weights, options), network, smoothed)
}

/**
 * Brings linear layers of a network that is smoothed already to 8 bits.
 *
 * @param graph - of the smoothed network in float32
 * @param network - what stays in float32
 * @param smoothed - what the inputs of outer layers are multiplied by
 */
export function quantizeSmoothed(graph: Graph, { architecture, calibration, unsigned }: Int8Network, smoothed: SmoothedWeights): Graph {
  const matrices = new Map<string, Weight | undefined>()
  for (const place of listGroups(architecture.depth)) {
    if (calibration.float32.includes(groupName(place))) continue
    const factors = place.group === 'outer' ? smoothed.outerFactors[place.block] : undefined
    for (const name of matrixNames(place)) matrices.set(name, factors)
  }
  return quantizeDynamic(graph, { matrices, unsigned })
}
