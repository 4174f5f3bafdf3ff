import {
  classAttention,
  DinokitError,
  patchMean,
  type InputSize,
  type LayerTokens,
  type ModelCard,
  type Tensor,
  type Tokens,
  type Vision,
} from '@dinokit/core'
import { STORE_VERSION, type StoreLayout } from './store-layout.ts'

/** Choice of an image’s tokens to keep. CLS always is, and the vector that stands for an image where the card has another. */
export interface TokenSelection {
  /** The patch grid, of the last layer and of `layers`. Default false. */
  readonly patches?: boolean
  /** The mean of the patches, of the last layer and of `layers`: what linear classifiers use beside CLS. Default: whether it is in that vector. */
  readonly patchMean?: boolean
  /** Layers by number, counted from 1, after the final LayerNorm. Default none. */
  readonly layers?: readonly number[]
  /** Attention maps of these layers, by number, counted from 1: every token’s. Default none. */
  readonly attention?: readonly number[]
  /**
   * Layers whose CLS-to-patch attention is kept, by number, counted from 1 ({@link classAttention}):
   * a number for each patch and head, where whole maps have one for each two tokens. Default none.
   */
  readonly classAttention?: readonly number[]
  /** All but whole attention maps of the mirrored image too, to train heads on. Default false. */
  readonly mirrored?: boolean
}

/** Prefix of a mirrored image’s tensors. */
export const MIRRORED = 'mirrored.'

/** Options of {@link layoutFor}. */
export interface LayoutOptions extends TokenSelection {
  /** The model’s input. Default: the card’s crop. */
  readonly size?: InputSize
  /** Number format of the tensors. Default float32. */
  readonly dtype?: StoreLayout['dtype']
}

/**
 * The layout of a store for a model’s tokens, known before an image is looked at.
 *
 * @param vision - the model
 * @param options - which tokens, the input’s size, the element type
 * @throws DinokitError `invalid-option` where patches or attention are to be kept and the size leaves their number open
 */
export function layoutFor(vision: Pick<Vision<never>, 'card' | 'fingerprint'>, options: LayoutOptions = {}): StoreLayout {
  const { card } = vision
  const { size = card.preprocessing.crop, dtype = 'float32', layers = [], attention = [], patches = false } = options
  const { embedding = 'class' } = card.architecture.pooling === 'mean' ? {} : card
  const { patchMean: mean = embedding !== 'class' } = options
  const classes = options.classAttention ?? []
  const { dim, heads, registers } = card.architecture
  const grid = patches || attention.length > 0 || classes.length > 0 ? gridOf(card, size) : [0, 0]
  const tokens = 1 + registers + grid[0]! * grid[1]!
  const entries: (readonly [string, readonly number[]])[] = ['', ...layers.map((layer) => `layer${layer}.`)].flatMap((prefix) => [
    [`${prefix}cls`, [dim]] as const,
    ...(mean ? [[`${prefix}patchMean`, [dim]] as const] : []),
    ...(patches ? [[`${prefix}patches`, [...grid, dim]] as const] : []),
  ])
  for (const layer of classes) entries.push([`layer${layer}.classAttention`, [heads, ...grid]])
  if (options.mirrored) entries.push(...entries.map(([name, shape]) => [`${MIRRORED}${name}`, shape] as const))
  if (embedding !== 'class') entries.push(['embedding', [embedding === 'mean' ? dim : 2 * dim]])
  for (const layer of attention) entries.push([`attention${layer}`, [heads, tokens, tokens]])
  return { version: STORE_VERSION, fingerprint: vision.fingerprint(size), size, dtype, tensors: Object.fromEntries(entries) }
}

/** Rows and columns of patches, where the size alone decides them. */
function gridOf({ architecture: { patch } }: ModelCard, size: InputSize): [number, number] {
  if (typeof size === 'number') return [size / patch, size / patch]
  if (typeof size === 'object' && 'width' in size) return [size.height / patch, size.width / patch]
  throw new DinokitError('invalid-option', `Patches of images of different sizes don’t fit one store.`, {
    given: `size ${JSON.stringify(size)}`,
    expected: 'one size for all, such as 224 or 448x336',
  })
}

/** Whether a store keeps tensors of mirrored images too. */
export function keepsMirrored({ tensors }: StoreLayout): boolean {
  return Object.keys(tensors).some((name) => name.startsWith(MIRRORED))
}

/**
 * Selects the tensors of an image’s tokens that a layout names.
 *
 * @param tokens - of one image
 * @param layout - of the store that they go to
 * @param mirrored - tokens of the mirrored image, where the layout names tensors of it
 * @returns by name, copied, so that the rest of the tokens can be freed; those that the tokens lack are left out
 */
export function selectTensors(tokens: Tokens, layout: StoreLayout, mirrored?: Tokens): Record<string, Tensor> {
  const found = Object.keys(layout.tensors).map((name) => {
    const of = name.startsWith(MIRRORED) ? mirrored : tokens
    return [name, of && find(of, name.replace(MIRRORED, ''))] as const
  })
  return Object.fromEntries(found.flatMap(([name, tensor]) => (tensor ? [[name, { ...tensor, data: tensor.data.slice() }]] : [])))
}

function find(tokens: Tokens, name: string): Tensor | undefined {
  const [, attention] = /^attention(\d+)$/.exec(name) ?? []
  if (attention !== undefined) return tokens.attention[Number(attention)]
  if (name === 'embedding') return tokens.embedding
  const [, layer, part] = /^(?:layer(\d+)\.)?(cls|patches|patchMean|classAttention)$/.exec(name) ?? []
  if (part === 'classAttention') {
    const map = tokens.attention[Number(layer)]
    return map && classAttention(map, [tokens.patches.shape[0]!, tokens.patches.shape[1]!])
  }
  const of: LayerTokens | undefined = layer === undefined ? tokens : tokens.layers[Number(layer)]
  if (part === 'patchMean') return of && patchMean(of.patches)
  return of?.[part as 'cls' | 'patches']
}
