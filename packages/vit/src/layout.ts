/**
 * Whose names and shapes a checkpoint's tensors have. timm (huggingface/pytorch-image-models, vision_transformer.py) has
 * Meta's names but for the registers and SwiGLU, and no mask token: by its absence a file is told to be timm's, unless it is Depth
 * Anything 3's.
 */
export type Layout = 'meta' | 'huggingface' | 'timm'

/** A checkpoint's layout, and what stands before every name of the backbone in it. */
export interface DetectedLayout {
  readonly layout: Layout
  /** Such as `module.` or `dinov2.`; empty for a plain backbone. */
  readonly prefix: string
}

const ANCHORS = { meta: ['cls_token', 'pos_embed'], huggingface: ['embeddings.cls_token', 'embeddings.position_embeddings'] } as const

/**
 * Recognizes a backbone among tensors by their names.
 *
 * @param names - of all the tensors
 * @returns the layout and prefix of the first one, or undefined where no backbone is there
 */
export function detectLayout(names: Iterable<string>): DetectedLayout | undefined {
  return backbonesIn(names)[0]
}

/**
 * Recognizes all backbones among tensors by their names: a file may hold a student and a teacher.
 *
 * @param names - of all the tensors
 */
export function backbonesIn(names: Iterable<string>): DetectedLayout[] {
  const all = new Set(names)
  return (['huggingface', 'meta'] as const).flatMap((layout) => {
    const [cls, positions] = ANCHORS[layout]
    const prefixes = [...all].flatMap((name) => (name === cls || name.endsWith(`.${cls}`) ? [name.slice(0, -cls.length)] : []))
    return prefixes
      .filter((prefix) => all.has(prefix + positions))
      .map((prefix) => {
        // Depth Anything 3 has left the mask token out.
        const ofMeta = all.has(`${prefix}mask_token`) || all.has(`${prefix}register_tokens`) || prefix.endsWith('backbone.pretrained.')
        return { layout: layout === 'meta' && !ofMeta ? 'timm' : layout, prefix }
      })
  })
}

/**
 * The names under which a layout stores one of Meta's parameters: one, or three to be concatenated
 * (Hugging Face keeps query, key and value apart).
 *
 * @param layout - of the checkpoint
 * @param name - Meta's name
 */
export function storedNames(layout: Layout, name: string): string[] {
  if (layout === 'meta') return [name]
  if (layout === 'timm') return [name.replace('register_tokens', 'reg_token').replace('mlp.w12', 'mlp.fc1').replace('mlp.w3', 'mlp.fc2')]
  const block = /^blocks\.(\d+)\.(.+)\.(weight|bias|gamma)$/.exec(name)
  if (!block) return [HUGGING_FACE_EMBEDDINGS[name] ?? name]
  const [, index, part, kind] = block
  if (part === 'attn.qkv') return ['query', 'key', 'value'].map((facet) => `encoder.layer.${index}.attention.attention.${facet}.${kind}`)
  const stored = HUGGING_FACE_BLOCK[part!] ?? part!
  return [`encoder.layer.${index}.${stored}${kind === 'gamma' ? '.lambda1' : `.${kind}`}`]
}

const HUGGING_FACE_EMBEDDINGS: Readonly<Record<string, string>> = {
  cls_token: 'embeddings.cls_token',
  pos_embed: 'embeddings.position_embeddings',
  register_tokens: 'embeddings.register_tokens',
  mask_token: 'embeddings.mask_token',
  'patch_embed.proj.weight': 'embeddings.patch_embeddings.projection.weight',
  'patch_embed.proj.bias': 'embeddings.patch_embeddings.projection.bias',
  'norm.weight': 'layernorm.weight',
  'norm.bias': 'layernorm.bias',
}

const HUGGING_FACE_BLOCK: Readonly<Record<string, string>> = {
  'attn.proj': 'attention.output.dense',
  ls1: 'layer_scale1',
  ls2: 'layer_scale2',
  'mlp.w12': 'mlp.weights_in',
  'mlp.w3': 'mlp.weights_out',
}
