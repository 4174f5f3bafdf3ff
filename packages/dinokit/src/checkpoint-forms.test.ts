import { largestDifference, ownGoldens } from '@dinokit/testing'
import { classification, open, type CardFields, type DinokitErrorCode, type ImageSource, type Tokens } from 'dinokit'
import { describe, expect, test } from 'vitest'

const FLOAT32 = 1e-4
const HALF = 2e-3
/** Facts that a bare file of Meta’s names lacks. */
const IMAGENET: CardFields = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

const TWO_HEADS: CardFields = { heads: 2, ...IMAGENET }

interface More {
  readonly card?: CardFields
  readonly adapter?: string
  readonly weights?: string
  /** Whether its classifier is refused. */
  readonly tokensAlone?: boolean
  /** Folder of the expected numbers, where it is another. */
  readonly expected?: string
}

/** Checkpoints as other libraries write them (goldens/make_checkpoints.py): what is to be opened, and how near the tokens are. */
const FORMS: readonly (readonly [what: string, path: string, tolerance: number, more?: More])[] = [
  ['transformers 5, state_dict() in memory', 'transformers5-memory', FLOAT32],
  ['the same with SwiGLU and registers', 'transformers5-memory-swiglu', FLOAT32],
  ['a .pth with all that people keep beside, protocol 2', 'pickle-beside-2/model.pth', FLOAT32],
  ['the same, protocol 5', 'pickle-beside-5/model.pth', FLOAT32],
  ['torch.save of before 1.6', 'pickle-legacy/model.pth', FLOAT32],
  ['Dinov2ForImageClassification', 'fine-tuned-dinov2', FLOAT32],
  ['the same with registers, in memory', 'fine-tuned-registers', FLOAT32],
  ['ViTForImageClassification', 'vit', FLOAT32, { card: IMAGENET }],
  ['DeiTForImageClassification in memory', 'deit', FLOAT32, { card: IMAGENET }],
  ['ViTMAEModel, no bias of query, key and value', 'vit-mae', FLOAT32, { card: IMAGENET }],
  ['peft’s adapter on its base', 'peft-lora/base', FLOAT32, { adapter: 'peft-lora/adapter' }],
  ['the same in one file, not merged', 'peft-lora/unmerged/model.pth', FLOAT32],
  ['dinov2.cpp’s GGUF in 32 bits', 'gguf/f32.gguf', FLOAT32],
  ['the same in 16 bits', 'gguf/f16.gguf', FLOAT32],
  ['the same in Q8_0', 'gguf/q8_0.gguf', FLOAT32, { expected: 'gguf-q8' }],
  ['optimum’s folder, model.onnx beside config.json', 'onnx/beside', FLOAT32],
  ['ONNX in 16 bits, in and out, below onnx/', 'onnx/half', HALF, { expected: 'onnx-half' }],
  ['timm’s classifier of the class token, without bias of query, key and value', 'timm-token', FLOAT32],
  ['timm’s classifier of the mean, whose tokens are not normed', 'timm-mean', FLOAT32],
  ['timm’s classifier of the maximum, whose tokens are not normed', 'timm-max', FLOAT32, { tokensAlone: true }],
  ['timm’s distilled DeiT', 'timm-distilled', FLOAT32],
  ['timm’s registers that have positions', 'timm-registers-with-positions', FLOAT32],
  ['timm’s ViT without a class token, that pools by the mean', 'timm-mean-alone', FLOAT32],
  ['the same with registers, and a norm before the mean', 'timm-mean-registers', FLOAT32],
  ['positions of images that are not square', 'timm-wide', FLOAT32],
  ['the same without a class token', 'timm-wide-mean', FLOAT32],
  ['patches of 32', 'timm-patch32', FLOAT32],
  ['pytorch_model.bin in shards, with their index', 'bin-shards', FLOAT32],
  ['a variant: model.fp16.safetensors', 'variants/safetensors', FLOAT32],
  ['the same, pytorch_model.fp16.bin', 'variants/bin', FLOAT32],
  ['Lightning’s checkpoint', 'prefixes/last.ckpt', FLOAT32],
  ['a compiled module in DDP', 'prefixes/compiled.pth', FLOAT32],
  ['any single prefix', 'prefixes/own.pth', FLOAT32],
  ['DINO v1’s .pth', 'dino-v1/dino_pretrain.pth', FLOAT32, { card: { heads: 4, interpolation: 'offset', ...IMAGENET } }],
  [
    'the last LayerNorm’s own epsilon',
    'timm-last-eps/model.safetensors',
    FLOAT32,
    { card: { heads: 4, finalEps: 0.5, interpolation: 'antialias', ...IMAGENET } },
  ],
  ['lightly-train’s default export', 'lightly/model-package_default.pt', FLOAT32, { card: TWO_HEADS }],
  ['its wrapped model', 'lightly/wrapped_model-torch_state_dict.pt', FLOAT32, { card: TWO_HEADS }],
  ['its embedding model', 'lightly/embedding_model-torch_state_dict.pt', FLOAT32, { card: TWO_HEADS }],
  ['the teacher of its checkpoint', 'lightly/last.ckpt', FLOAT32, { card: TWO_HEADS, weights: 'teacher_embedding_model' }],
  ['Meta’s training checkpoint with block_chunks', 'meta-chunks/teacher_checkpoint.pth', FLOAT32, { card: IMAGENET }],
]

const pathOf = (path: string): string => ownGoldens.address(`checkpoints/${path}`).href

async function imageOf(size: string): Promise<ImageSource> {
  const { data, shape } = (await ownGoldens.tensors('checkpoints/images.safetensors'))[size]!
  return { data: data as Uint8Array, width: shape[2]!, height: shape[1]! }
}

function allTokens({ cls, registers, patches }: Tokens): Float32Array {
  return Float32Array.from([...cls.data, ...registers.data, ...patches.data])
}

describe.each(FORMS.map(([what, path, tolerance, more = {}]) => ({ what, path, tolerance, ...more })))(
  '$what',
  ({ path, tolerance, card = {}, adapter, weights, tokensAlone = false, expected: folder = path.split('/')[0]! }) => {
    test('gives its own library’s tokens', async () => {
      const expected = await ownGoldens.tensors(`checkpoints/${folder}/expected.safetensors`)
      const logits = !tokensAlone && Object.keys(expected).some((name) => name.endsWith('.logits'))
      await using vision = await open({
        model: pathOf(path),
        card,
        ...(adapter !== undefined && { adapter: pathOf(adapter) }),
        ...(weights !== undefined && { weights }),
        heads: { ...(logits && { classify: classification() }) },
      })
      for (const size of ['square', 'wide'].filter((size) => expected[size])) {
        const tokens = await vision.embed(await imageOf(size), { size: 'source' })
        expect(largestDifference(allTokens(tokens), expected[size]!.data as Float32Array), size).toBeLessThanOrEqual(tolerance)
        if (!('classify' in vision.heads)) continue
        const answer = await vision.heads.classify(tokens)
        expect(largestDifference(answer.logits.data, expected[`${size}.logits`]!.data as Float32Array), size).toBeLessThanOrEqual(tolerance)
        expect(answer.classes.map(({ name }) => name).sort()).toEqual(['bird', 'cat', 'dog'])
      }
    })
  },
)

/** Refused files: by its name, with what to do. */
const REFUSED: readonly (readonly [what: string, path: string, code: DinokitErrorCode, says: string])[] = [
  ['an unknown quantization of GGUF', 'gguf/q4_0.gguf', 'tensor-invalid', 'is a tensor of Q4_0'],
  ['an adapter alone', 'peft-lora/adapter', 'model-unsupported', '--adapter'],
  ['a whole module', 'pickle-no-tensors/module.pth', 'checkpoint-invalid', 'torch.nn.modules.linear.Linear'],
  ['lightly-train’s torch_model', 'lightly/model-torch_model.pt', 'checkpoint-invalid', 'vision_transformer.DinoVisionTransformer'],
  ['its checkpoint, of student and teacher', 'lightly/last.ckpt', 'model-unsupported', '--weights teacher_embedding_model'],
  ['its export without the words that it needs', 'lightly/model-package_default.pt', 'model-unsupported', '--card heads=N,mean=R,G,B'],
  ['Keras’ weights, in a folder', 'other-forms/keras', 'model-unsupported', 'weights of Keras'],
  ['the same, by their file', 'other-forms/keras/model.weights.h5', 'checkpoint-invalid', 'HDF5'],
  ['DINO v1 without the words that it needs', 'dino-v1/dino_pretrain.pth', 'model-unsupported', '--card heads=N,interpolation=NAME'],
  ['TorchScript', 'pickle-no-tensors/script.pt', 'checkpoint-invalid', 'torch.jit.load'],
  ['torch.export’s .pt2', 'pickle-no-tensors/exported.pt2', 'checkpoint-invalid', 'torch.export.load'],
  [
    'a matrix of the network in float8, .pth',
    'pickle-no-tensors/float8.pth',
    'tensor-invalid',
    'mlp.fc1.weight is a tensor of float8_e4m3fn',
  ],
  ['the same, safetensors', 'pickle-no-tensors/float8.safetensors', 'tensor-invalid', 'mlp.fc1.weight is a tensor of F8_E4M3'],
]

describe('a file of another kind is refused by name', () => {
  test.each(REFUSED)('holds for %s', async (_, path, code, says) => {
    const error: unknown = await open({ model: pathOf(path) }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(says)
  })
})

test('rejects an adapter for another base by what it changes', async () => {
  const model = open({ model: pathOf('fine-tuned-registers'), adapter: pathOf('peft-lora/adapter') })
  await expect(model).rejects.toMatchObject({ code: 'tensor-missing' })
  await expect(model).rejects.toThrow('is for another model')
})

test('says in card and fingerprint that a model pools by the mean, and refuses what needs a class token', async () => {
  await using vision = await open({ model: pathOf('timm-mean-alone') })
  expect(vision.card.architecture).toMatchObject({ pooling: 'mean', finalNorm: false })
  expect(vision.fingerprint().pooling).toBe('mean')
  await expect(open({ model: pathOf('timm-mean-alone'), attention: [1] })).rejects.toMatchObject({ code: 'output-unavailable' })
})

test('rejects another size for ONNX of one size, naming both', async () => {
  await using vision = await open({ model: pathOf('onnx/beside') })
  const answer = vision.embed(await imageOf('wide'), { size: 'source' })
  await expect(answer).rejects.toMatchObject({ code: 'size-invalid' })
  await expect(answer).rejects.toThrow('takes images of 32x32 alone, and was given 48x24')
})

test('rejects timm’s classifier that pools by the maximum, by name', async () => {
  const vision = open({ model: pathOf('timm-max'), heads: { classify: classification() } })
  await expect(vision).rejects.toMatchObject({ code: 'model-unsupported' })
  await expect(vision).rejects.toThrow('pools its tokens by "max"')
})
