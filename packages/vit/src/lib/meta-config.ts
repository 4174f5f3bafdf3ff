import { IMAGENET_PREPROCESSING, type CardFields } from '@dinokit/core'

/** Heads of the architectures that Meta's training knows (facebookresearch/dinov2, dinov2/models/vision_transformer.py). */
const HEADS: Readonly<Record<string, number>> = { vit_small: 6, vit_base: 12, vit_large: 16, vit_giant2: 24 }

/**
 * Reads the config.yaml of Meta's training: DINOv2's training writes it beside its checkpoints.
 *
 * @param text - of the file
 * @returns nothing of what is no such file
 */
export function metaFields(text: string): CardFields {
  const student = sectionOf(text, 'student')
  const { arch, interpolate_offset: offset = '0.1', interpolate_antialias: antialias = 'false' } = student
  const heads = arch !== undefined && Object.hasOwn(HEADS, arch) ? HEADS[arch] : undefined
  if (heads === undefined) return {}
  const plain = Number(offset) === 0
  const smooth = /^true$/i.test(antialias)
  const interpolation = plain ? (smooth ? 'antialias' : 'plain') : smooth || Number(offset) !== 0.1 ? undefined : 'offset'
  const { mean, std } = IMAGENET_PREPROCESSING
  return { heads, eps: 1e-6, activation: 'gelu', mean, std, ...(interpolation && { interpolation }) }
}

/** Plain values of one section of a YAML file as OmegaConf writes it: two levels, two spaces. */
function sectionOf(text: string, section: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  let inside = false
  for (const line of text.split(/\r?\n/)) {
    if (/^\S/.test(line)) inside = line.startsWith(`${section}:`)
    const match = inside ? /^ {2}(\w+): *['"]?([^'"#]*?)['"]? *(?:#.*)?$/.exec(line) : undefined
    if (match) values[match[1]!] = match[2]!
  }
  return values
}
