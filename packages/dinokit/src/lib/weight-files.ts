import { DinokitError, type ByteSource } from '@dinokit/core'
import { openIfThere, type ModelFolder } from './model-folder.ts'

/** Kind of a file of weights: one file of tensors, an index of several, or a ready-made ONNX model. */
type WeightKind = 'tensors' | 'index' | 'onnx'

/** A folder's weights, found and open. */
export interface FoundWeights {
  readonly kind: WeightKind
  /** Its path in the folder. */
  readonly file: string
  readonly source: ByteSource
}

/** Names in transformers for weights that are saved with `variant`. */
const VARIANTS = ['fp16', 'bf16', 'fp32']
/** Suffixes of transformers.js and optimum in the names of ONNX models, the most exact first. */
const ONNX_VARIANTS = ['', '_fp16', '_quantized', '_int8', '_uint8', '_q4', '_q4f16', '_bnb4']

/** Where a folder's weights may be, in the order in which they are looked for. */
const PLACES: readonly (readonly [kind: WeightKind, file: string])[] = [
  ['tensors', 'model.safetensors'],
  ['tensors', 'pytorch_model.bin'],
  ['index', 'model.safetensors.index.json'],
  ['index', 'pytorch_model.bin.index.json'],
  ...VARIANTS.flatMap((variant): [WeightKind, string][] => [
    ['tensors', `model.${variant}.safetensors`],
    ['index', `model.safetensors.index.${variant}.json`],
    ['tensors', `pytorch_model.${variant}.bin`],
    ['index', `pytorch_model.bin.index.${variant}.json`],
  ]),
  ...ONNX_VARIANTS.flatMap((variant): [WeightKind, string][] => [
    ['onnx', `onnx/model${variant}.onnx`],
    ['onnx', `model${variant}.onnx`],
  ]),
]

/** Files of folders that hold no weights that can be read here, and what to do. */
const OTHERS: readonly (readonly [file: string, what: string, hint: string])[] = [
  [
    'adapter_config.json',
    'an adapter of peft, which is nothing without the model that it was trained on',
    'Name that model, and give the adapter beside it: --model BASE --adapter FOLDER (in the library: adapter).',
  ],
  [
    '.metadata',
    'a checkpoint of torch.distributed.checkpoint',
    'Make one file of it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pth.',
  ],
  ['model.weights.h5', 'weights of Keras', 'Take the model’s PyTorch or safetensors weights.'],
  ['tf_model.h5', 'weights of TensorFlow', 'Load them by transformers 4 with from_tf=True, and save them by save_pretrained.'],
  ['flax_model.msgpack', 'weights of Flax', 'Load them by transformers 4 with from_flax=True, and save them by save_pretrained.'],
]

/**
 * Finds the weights of a folder in Hugging Face's layout.
 *
 * @param folder - on disk or on the hub
 * @throws DinokitError `file-not-found` where there are none: what is there instead, where it is known
 */
export async function findWeights(folder: ModelFolder): Promise<FoundWeights> {
  for (const [kind, file] of PLACES) {
    const source = await openIfThere(folder, file)
    if (source) return { kind, file, source }
  }
  for (const [file, what, hint] of OTHERS) {
    const source = await openIfThere(folder, file)
    if (!source) continue
    await source.close()
    throw new DinokitError('model-unsupported', `${folder.name} holds ${what}.`, { given: file, expected: SOME, hint })
  }
  throw new DinokitError('file-not-found', `${folder.name} holds no weights.`, { given: folder.name, expected: SOME })
}

const SOME =
  'model.safetensors, pytorch_model.bin, an index of several of these (model.safetensors.index.json), onnx/model.onnx or model.onnx'
