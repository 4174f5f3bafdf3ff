import { DinokitError, tensor, type Architecture, type ModelCard, type Tensor } from '@dinokit/core'
import { convertVit, listParameters, type VitBackbone } from '@dinokit/vit'
import { initialVit } from './initial-vit.ts'

/** A network that is to be trained: its card, and every parameter by Meta's name. */
export interface Student {
  readonly card: ModelCard
  readonly tensors: Readonly<Record<string, Tensor>>
}

/**
 * A student of some of a teacher's layers: embeddings and final LayerNorm are the teacher's too.
 *
 * @param teacher - stays open
 * @param layers - counted from 1, in the order in which they are stacked
 * @throws DinokitError `output-unavailable` for a layer that the teacher does not have, `model-unsupported` where positions are rotary and
 *   keys have a bias
 */
export async function studentFromLayers(teacher: VitBackbone, layers: readonly number[]): Promise<Student> {
  const { card, tensors } = await copyNetwork(teacher)
  const { depth } = card.architecture
  const strange = layers.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > depth)
  if (strange !== undefined || layers.length === 0) {
    throw new DinokitError('output-unavailable', `${card.id} has no layer ${strange ?? 'to start from'}.`, {
      given: layers.join(', ') || 'no layers',
      expected: `whole numbers from 1 to ${depth}`,
    })
  }
  const architecture = { ...card.architecture, depth: layers.length }
  const sourceOf = (name: string): string => name.replace(/^blocks\.(\d+)/, (_, block: string) => `blocks.${layers[Number(block)]! - 1}`)
  const taken = listParameters(architecture).map(({ name }): [string, Tensor] => {
    const { data, shape } = tensors[sourceOf(name)]!
    return [name, tensor('float32', data.slice(), shape)]
  })
  return { card: describeStudent(card, architecture), tensors: Object.fromEntries(taken) }
}

/**
 * A student of a checkpoint.
 *
 * @param backbone - stays open
 * @throws DinokitError `model-unsupported` where positions are rotary and keys have a bias
 */
export async function studentFromBackbone(backbone: VitBackbone): Promise<Student> {
  const { card, tensors } = await copyNetwork(backbone)
  return { card: describeStudent(card, card.architecture), tensors }
}

/**
 * A student that knows nothing yet.
 *
 * @param card - architecture, preprocessing
 * @param seed - of its random parameters
 */
export function studentFromCard(card: ModelCard, seed: number): Student {
  // The paper's LayerScale of 1e-5 takes longer to grow than small students are trained.
  return { card: describeStudent(card, card.architecture), tensors: initialVit(card.architecture, seed, { layerScale: 0.1 }) }
}

/** All but the mask token, which takes no part where nothing is masked. */
export function withoutMaskToken(tensors: Student['tensors']): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== 'mask_token'))
}

/** Training keeps the bias of keys out, which changes nothing but where keys are rotated: the published networks have none there. */
async function copyNetwork(
  backbone: VitBackbone,
): Promise<{ readonly card: ModelCard; readonly tensors: Readonly<Record<string, Tensor>> }> {
  const { card, tensors } = await convertVit(backbone)
  const { dim, positionGrid } = card.architecture
  if (positionGrid[0] > 0) return { card, tensors }
  for (const [name, { data }] of Object.entries(tensors)) {
    if (!name.endsWith('.attn.qkv.bias') || data.subarray(dim, 2 * dim).every((value) => value === 0)) continue
    throw new DinokitError('model-unsupported', `${card.id} has a bias for its keys, and rotary positions: it can’t be trained here.`, {
      given: `${name} with values other than 0 for keys`,
      expected: 'keys without a bias, as in DINOv3',
    })
  }
  return { card, tensors }
}

/** The card of a student that begins as that of another network. */
function describeStudent({ id, interpolation, preprocessing, license, origin }: ModelCard, architecture: Architecture): ModelCard {
  const parameters = listParameters(architecture).reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0)
  const { depth, dim, patch } = architecture
  return {
    id,
    description: `ViT with ${depth} blocks of ${dim}, patch ${patch}: a student`,
    architecture,
    interpolation,
    preprocessing,
    parameters,
    license,
    origin,
  }
}
