import type { Weight } from '@dinokit/onnx'
import type { BlockWeights, LinearWeights, VitWeights } from '../vit-graph.ts'
import type { Calibration } from './calibration.ts'
import { groupName, LAYER_GROUPS, type LayerGroup } from './layer-groups.ts'

/** Share of the spread of a group's inputs that goes over to its weights: 0 none, 1 all (arXiv 2211.10438 calls it alpha). */
const SHARES: Readonly<Record<LayerGroup, number>> = { facets: 0.65, projection: 0.5, inner: 0.75, outer: 0.65 }

/** Smallest number that is divided by. */
const TINY = 1e-5

/** Weights of the same network, smoothed. */
export interface SmoothedWeights {
  readonly weights: VitWeights
  /** Factors that the input of each block's outer layer is multiplied by: [input]; undefined where that layer stays as it was. */
  readonly outerFactors: readonly (Weight | undefined)[]
}

/**
 * Moves scale from inputs to weights, channel by channel (SmoothQuant), so that both spread little enough for 8 bits. The network
 * stays the same: what a matrix's columns are multiplied by, its input is divided by, in the LayerNorm before it, in the rows of
 * the values before the projection, or, before the outer layer, by a multiplication. Groups that stay float32 are left alone.
 *
 * @param weights - to smooth; each is computed when it is read
 * @param calibration - the largest inputs
 */
export function smoothWeights(weights: VitWeights, calibration: Pick<Calibration, 'largest' | 'float32'>): SmoothedWeights {
  const smoothed = weights.blocks.map((block, index) => smoothBlock(block, index, calibration))
  return {
    weights: { ...weights, blocks: smoothed.map(({ block }) => block) },
    outerFactors: smoothed.map(({ outerFactor }) => outerFactor),
  }
}

function smoothBlock(
  block: BlockWeights,
  index: number,
  { largest, float32 }: Pick<Calibration, 'largest' | 'float32'>,
): { readonly block: BlockWeights; readonly outerFactor: Weight | undefined } {
  /** Per input of a group, what its matrices are multiplied by; undefined where it stays as it is. */
  const factorsOf = (group: LayerGroup): (() => Promise<Float32Array>) | undefined => {
    const name = groupName({ block: index, group })
    if (float32.includes(name)) return undefined
    let known: Promise<Float32Array> | undefined
    const matrices = LAYER_GROUPS[group].map((role) => block[role].weight)
    return () => (known ??= smoothingFactors(largest.get(name)!, matrices, SHARES[group]))
  }
  const [facets, projection, inner, outer] = [factorsOf('facets'), factorsOf('projection'), factorsOf('inner'), factorsOf('outer')]
  const value = timesColumns(block.value, facets)
  return {
    block: {
      norm1: dividedBy(block.norm1, facets),
      query: timesColumns(block.query, facets),
      key: timesColumns(block.key, facets),
      value: dividedBy(value, projection),
      projection: timesColumns(block.projection, projection),
      norm2: dividedBy(block.norm2, inner),
      inner: timesColumns(block.inner, inner),
      outer: timesColumns(block.outer, outer),
    },
    outerFactor: outer && {
      dtype: 'float32',
      shape: [block.outer.weight.shape[1]!],
      read: async () => bytesOf((await outer()).map((factor) => 1 / factor)),
    },
  }
}

async function smoothingFactors(largest: Float32Array, matrices: readonly Weight[], share: number): Promise<Float32Array> {
  const columns = new Float32Array(largest.length)
  for (const matrix of matrices) {
    const values = await floatsOf(matrix)
    for (let i = 0; i < values.length; i++) columns[i % columns.length] = Math.max(columns[i % columns.length]!, Math.abs(values[i]!))
  }
  return largest.map((input, i) => Math.max(TINY, Math.max(input, TINY) ** share / Math.max(columns[i]!, TINY) ** (1 - share)))
}

/** A linear layer whose matrix's columns are multiplied. */
function timesColumns({ weight, bias }: LinearWeights, factors: (() => Promise<Float32Array>) | undefined): LinearWeights {
  if (!factors) return { weight, bias }
  return { bias, weight: mapped(weight, factors, (values, by) => values.map((value, i) => value * by[i % by.length]!)) }
}

/** A LayerNorm, or a linear layer, whose output is divided. */
function dividedBy({ weight, bias }: LinearWeights, factors: (() => Promise<Float32Array>) | undefined): LinearWeights {
  if (!factors) return { weight, bias }
  const perRow = (values: Float32Array, by: Float32Array): Float32Array => {
    const length = values.length / by.length
    return values.map((value, i) => value / by[Math.floor(i / length)]!)
  }
  return { weight: mapped(weight, factors, perRow), bias: mapped(bias, factors, perRow) }
}

function mapped(
  weight: Weight,
  factors: () => Promise<Float32Array>,
  map: (values: Float32Array, factors: Float32Array) => Float32Array,
): Weight {
  return { ...weight, read: async () => bytesOf(map(await floatsOf(weight), await factors())) }
}

/** Values of a float32 weight: a view. */
async function floatsOf(weight: Weight): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await weight.read()
  return new Float32Array(buffer, byteOffset, byteLength / 4)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
