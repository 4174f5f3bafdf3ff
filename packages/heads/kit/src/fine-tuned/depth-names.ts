/** Parts of transformers' names of a DPT, and what Depth Anything V2 calls them. */
const PARTS: readonly (readonly [pattern: RegExp, name: string | ((match: RegExpExecArray) => string)])[] = [
  [/^neck\.reassemble_stage\.layers\.(\d)\.projection\./, ([, index]) => `projects.${index}.`],
  [/^neck\.reassemble_stage\.layers\.(\d)\.resize\./, ([, index]) => `resize_layers.${index}.`],
  [/^neck\.reassemble_stage\.readout_projects\./, 'readout_projects.'],
  [/^neck\.convs\.(\d)\./, ([, index]) => `scratch.layer${Number(index) + 1}_rn.`],
  [/^neck\.fusion_stage\.layers\.(\d)\.projection\./, ([, index]) => `scratch.refinenet${4 - Number(index)}.out_conv.`],
  [
    /^neck\.fusion_stage\.layers\.(\d)\.residual_layer(\d)\.convolution(\d)\./,
    ([, index, unit, convolution]) => `scratch.refinenet${4 - Number(index)}.resConfUnit${unit}.conv${convolution}.`,
  ],
  [/^head\.projection\./, 'scratch.project.'],
  [/^head\.(?:conv1|head\.0)\./, 'scratch.output_conv1.'],
  [/^head\.(?:conv2|head\.2)\./, 'scratch.output_conv2.0.'],
  [/^head\.(?:conv3|head\.4)\./, 'scratch.output_conv2.2.'],
]

/**
 * Depth Anything V2's name of a depth head's tensor, below `depth_head.`.
 *
 * @param form - whose names the head has; `huggingface` is transformers, from the model's root
 * @param name - as it is stored, without what stands before the head's names
 * @returns undefined for what is no part of the head, as the backbone beside it
 */
export function canonicalDepthName(form: 'original' | 'third' | 'huggingface', name: string): string | undefined {
  if (form !== 'huggingface') return `depth_head.${name}`
  for (const [pattern, to] of PARTS) {
    const match = pattern.exec(name)
    if (match) return `depth_head.${typeof to === 'string' ? to : to(match)}${name.slice(match[0].length)}`
  }
  return /^(?:neck|head)\./.test(name) ? `depth_head.${name}` : undefined
}
