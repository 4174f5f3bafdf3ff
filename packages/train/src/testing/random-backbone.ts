import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, type ModelCard } from '@dinokit/core'
import { createVitBackbone, type VitBackbone } from '@dinokit/vit'
import { initialVit } from '../distillation/initial-vit.ts'

/**
 * A backbone of random weights, whose blocks make a difference.
 *
 * @param card - of the network
 * @param seed - of the weights
 */
export async function randomBackbone(card: ModelCard, seed: number): Promise<VitBackbone> {
  const bytes = writeSafetensors(initialVit(card.architecture, seed, { layerScale: 0.7 }))
  return createVitBackbone(await openTensorFile(bytesSource(`${card.id}.safetensors`, bytes)), card)
}
