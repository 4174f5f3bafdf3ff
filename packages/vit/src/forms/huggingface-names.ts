/** A tensor's place in the names that `save_pretrained` writes for a Dinov2Model; `part`: of tensors that are stored in two. */
export interface CanonicalName {
  readonly name: string
  readonly part?: number
}

/** A block's parts in transformers' other names, and what a Dinov2Model's file calls them. */
const PARTS: readonly (readonly [theirs: RegExp, ours: string, part?: number])[] = [
  [/^attention\.(?:q_proj|attention\.query)$/, 'attention.attention.query'],
  [/^attention\.(?:k_proj|attention\.key)$/, 'attention.attention.key'],
  [/^attention\.(?:v_proj|attention\.value)$/, 'attention.attention.value'],
  [/^attention\.o_proj$/, 'attention.output.dense'],
  [/^layernorm_before$/, 'norm1'],
  [/^layernorm_after$/, 'norm2'],
  [/^intermediate\.dense$/, 'mlp.fc1'],
  [/^output\.dense$/, 'mlp.fc2'],
  [/^mlp\.gate_proj$/, 'mlp.weights_in', 0],
  [/^mlp\.up_proj$/, 'mlp.weights_in', 1],
  [/^mlp\.down_proj$/, 'mlp.weights_out'],
]

/**
 * The name that a Dinov2Model's file has for a tensor of transformers' DINOv2, ViT, DeiT and ViT-MAE: as `save_pretrained`
 * writes them, and as they are in memory since transformers 5, which is what `torch.save(model.state_dict())` writes.
 *
 * @param name - without what stands before the backbone's names
 */
export function huggingFaceName(name: string): CanonicalName {
  const block = /^(?:encoder\.layers?|layers?)\.(\d+)\.(.+)\.([^.]+)$/.exec(name)
  if (!block) return { name }
  const [, index, part, kind] = block as unknown as [string, string, string, string]
  const [, ours, half] = PARTS.find(([theirs]) => theirs.test(part)) ?? [, part]
  return { name: `encoder.layer.${index}.${ours}.${kind}`, ...(half !== undefined && { part: half }) }
}
