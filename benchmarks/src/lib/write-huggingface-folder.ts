import { encodeSelfContained } from '@dinokit/onnx'
import { writeFileAtomic } from '@dinokit/runtime-node'
import type { VitBackbone } from '@dinokit/vit'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { huggingfaceGraph } from './huggingface-graph.ts'

/**
 * Writes a backbone as a hub user would find it: config.json, preprocessor_config.json and onnx/model.onnx (see
 * {@link huggingfaceGraph}). For transformers.js to run the same weights.
 *
 * @param folder - made where it is not there
 * @param backbone - to write
 */
export async function writeHuggingfaceFolder(folder: string, backbone: VitBackbone): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true })
  const { card } = backbone
  const { dim, depth, heads, patch } = card.architecture
  const { crop, shortest, mean, std } = card.preprocessing
  const config = { model_type: 'dinov2', hidden_size: dim, num_hidden_layers: depth, num_attention_heads: heads, patch_size: patch }
  const preprocessor = {
    image_processor_type: 'BitImageProcessor',
    do_resize: true,
    size: { shortest_edge: shortest },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: crop, width: crop },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
    do_convert_rgb: true,
  }
  const json = (value: unknown): Uint8Array[] => [new TextEncoder().encode(JSON.stringify(value))]
  await writeFileAtomic(join(folder, 'config.json'), json(config))
  await writeFileAtomic(join(folder, 'preprocessor_config.json'), json(preprocessor))
  const graph = encodeSelfContained(huggingfaceGraph(backbone))
  await writeFileAtomic(join(folder, 'onnx', 'model.onnx'), graph.chunks())
}
