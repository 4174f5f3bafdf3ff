import { DinokitError, tensor, type Architecture, type ModelCard, type Preprocessing, type Tensor } from '@dinokit/core'
import { interpolatePositions } from './interpolate-positions.ts'
import { isOptional, listParameters } from './parameters.ts'
import { resizePatch } from './resize-patch.ts'
import type { VitBackbone } from './vit-backbone.ts'

/** Options of {@link convertVit}. */
export interface ConvertOptions {
  /** Id of the new model. Default: as before. */
  readonly id?: string
  /** Side of a patch in pixels. Default: as before. */
  readonly patch?: number
  /** Rows and columns of the stored positions. Default: those that cover as many pixels as before, as nearly as they can. */
  readonly positionGrid?: readonly [rows: number, columns: number]
  /** Mean and deviation of the colors that the new model expects. Default: as before. */
  readonly colors?: Pick<Preprocessing, 'mean' | 'std'>
}

/** A model as tensors by Meta's names, and its card. */
export interface ConvertedVit {
  readonly card: ModelCard
  readonly tensors: Readonly<Record<string, Tensor>>
}

/**
 * Makes of a backbone one for another patch size, grid or normalization of colors, without training: the patch
 * projection by {@link resizePatch}, positions by PyTorch's antialiased bicubic resize, as timm does. Colors are folded:
 * the same image gives the same patch tokens, normalized either way.
 *
 * The tensors are Meta's, every one of them: LayerScale that the backbone lacks is 1, its mask token 0.
 *
 * @param backbone - to convert; it stays open, and yours
 * @param options - what is to change
 * @throws DinokitError `invalid-option` for a patch or grid that is not whole and positive, or colors that can't be
 */
export async function convertVit(backbone: VitBackbone, options: ConvertOptions = {}): Promise<ConvertedVit> {
  const { card, parameters } = backbone
  const target = convertedCard(card, options)
  const { architecture } = target
  const tensors: Record<string, Tensor> = {}
  for (const { name, shape } of listParameters(architecture)) {
    const values = parameters.has(name) ? await parameters.read(name) : absent(name, shape)
    tensors[name] = tensor('float32', convert(name, values, card.architecture, architecture), shape)
  }
  recolor(tensors, card.preprocessing, target.preprocessing)
  return { card: target, tensors }
}

function convertedCard(card: ModelCard, options: ConvertOptions): ModelCard {
  const { id = card.id, patch = card.architecture.patch, colors } = options
  const [rows, columns] = card.architecture.positionGrid
  const cover = (length: number): number => Math.max(1, Math.round((length * card.architecture.patch) / patch))
  const rotary = rows === 0
  if (rotary && options.positionGrid) throw withoutGrid(card.id, options.positionGrid)
  const positionGrid = rotary ? card.architecture.positionGrid : (options.positionGrid ?? [cover(rows), cover(columns)])
  for (const [name, value] of [
    ['patch', patch] as const,
    ...(rotary ? [] : positionGrid.map((length) => ['positionGrid', length] as const)),
  ]) {
    if (Number.isSafeInteger(value) && value > 0 && value <= LARGEST) continue
    throw new DinokitError('invalid-option', `Invalid ${name} ${value}.`, {
      given: String(value),
      expected: `a whole number from 1 to ${LARGEST}`,
    })
  }
  if (colors) assertColors(colors, card.architecture.channels)
  const architecture: Architecture = { ...card.architecture, patch, positionGrid }
  const parameters = listParameters(architecture).reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  )
  const origin = patch === card.architecture.patch ? card.origin : `${card.origin}; ${repatched(patch)}`
  const preprocessing = { ...fittingCrop(card.preprocessing, patch), ...colors }
  // The card's weights, where it names some, are not these.
  const { description, interpolation, license } = card
  return { id, description, architecture, interpolation, preprocessing, parameters, license, origin }
}

function withoutGrid(id: string, grid: readonly [number, number]): DinokitError {
  return new DinokitError('invalid-option', `${id} has rotary positions, which hold for every grid.`, {
    given: `grid ${grid.join('x')}`,
    expected: 'no grid',
  })
}

function repatched(patch: number): string {
  return `converted to patch ${patch} by FlexiViT’s pseudo-inverse resize (arXiv 2212.08013)`
}

function assertColors({ mean, std }: Pick<Preprocessing, 'mean' | 'std'>, channels = 3): void {
  if ([mean, std].every((values) => values.length === channels && values.every(Number.isFinite)) && std.every((value) => value > 0)) return
  throw new DinokitError('invalid-option', 'Invalid mean or std.', {
    given: `mean ${mean.join(',')}, std ${std.join(',')}`,
    expected: `${channels} numbers each, those of std above 0`,
  })
}

const LARGEST = 1024

/** The crop must divide into patches; the shorter side keeps its ratio to it. */
function fittingCrop(preprocessing: Preprocessing, patch: number): Preprocessing {
  const crop = Math.max(1, Math.round(preprocessing.crop / patch)) * patch
  return { ...preprocessing, crop, shortest: Math.round((preprocessing.shortest * crop) / preprocessing.crop) }
}

function absent(name: string, shape: readonly number[]): Float32Array {
  if (!isOptional(name)) throw new DinokitError('tensor-missing', `The model has no ${name}.`)
  return new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(name.endsWith('gamma') ? 1 : 0)
}

function convert(name: string, values: Float32Array, from: Architecture, to: Architecture): Float32Array {
  if (name === 'patch_embed.proj.weight') return resizePatch(values, from.patch, to.patch)
  if (name !== 'pos_embed' || to.positionGrid[0] === 0) return values
  const patches = interpolatePositions(values.subarray(from.dim), from.positionGrid, to.positionGrid, 'antialias')
  const result = new Float32Array(from.dim + patches.length)
  result.set(values.subarray(0, from.dim))
  result.set(patches, from.dim)
  return result
}

/** Weights for pixels normalized by `to`, in place: (x - mean) / std of either give the same tokens. */
function recolor(tensors: Readonly<Record<string, Tensor>>, from: Preprocessing, to: Preprocessing): void {
  const { data: weight, shape } = tensors['patch_embed.proj.weight']!
  const { data: bias } = tensors['patch_embed.proj.bias']!
  const [, channels, ...sides] = shape as [number, number, number, number]
  const area = sides[0] * sides[1]
  for (let plane = 0; plane < weight.length / area; plane++) {
    const channel = plane % channels
    const scale = to.std[channel]! / from.std[channel]!
    const shift = (to.mean[channel]! - from.mean[channel]!) / from.std[channel]!
    let sum = 0
    for (let i = plane * area; i < (plane + 1) * area; i++) {
      sum += weight[i]!
      weight[i]! *= scale
    }
    bias[Math.floor(plane / channels)]! += shift * sum
  }
}
