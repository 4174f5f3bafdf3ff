import { tensor, type ModelCard } from '@dinokit/core'
import { encodeSelfContained, type Graph, type GraphNode, type Value } from '@dinokit/onnx'
import { writeFileWhole } from '@dinokit/runtime-node'
import { vitGraph, type VitBackbone } from '@dinokit/vit'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Writes a backbone as a hub user would find it: config.json, preprocessor_config.json and onnx/model.onnx of plain
 * operators, normalised pixels [batch][3][224][224] in, `last_hidden_state` out. For transformers.js to run the same weights.
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
  await writeFileWhole(join(folder, 'config.json'), json(config))
  await writeFileWhole(join(folder, 'preprocessor_config.json'), json(preprocessor))
  const side = crop / patch
  const fixed = { grid: [side, side], positions: backbone.positions([side, side]) } as const
  const graph = takingFloats(vitGraph(card.architecture, backbone.weights, { fused: false, fixed }), card)
  await writeFileWhole(join(folder, 'onnx', 'model.onnx'), encodeSelfContained(graph).chunks())
}

/** The same graph, fed with normalised floats, channels first: they are made bytes' values again before it. */
function takingFloats(graph: Graph, { preprocessing: { crop, mean, std } }: ModelCard): Graph {
  const names = ['pixel_values', 'channels_last', 'scaled', 'scale', 'shift'] as const
  const [input, last, scaled, scale, shift] = names.map((name): Value => ({ name })) as [Value, Value, Value, Value, Value]
  const perChannel = (values: readonly number[]): ReturnType<typeof tensor<'float32'>> =>
    tensor(
      'float32',
      Float32Array.from(values, (value) => value * 255),
      [3],
    )
  const before: GraphNode[] = [
    { operator: 'Transpose', inputs: [input], outputs: [last], attributes: { perm: [0, 2, 3, 1] } },
    { operator: 'Mul', inputs: [last, scale], outputs: [scaled], attributes: {} },
    { operator: 'Add', inputs: [scaled, shift], outputs: [graph.inputs[0]!.value], attributes: {} },
  ]
  return {
    ...graph,
    inputs: [{ value: input, dtype: 'float32', shape: ['batch', 3, crop, crop] }],
    nodes: [...before, ...graph.nodes],
    constants: new Map([...graph.constants, [scale.name, perChannel(std)], [shift.name, perChannel(mean)]]),
    outputs: graph.outputs.filter(({ value }) => value.name === 'last_hidden_state'),
  }
}
