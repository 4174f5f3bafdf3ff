import { tensor, type LayerTokens, type OpenImage, type Pixels, type Tensor, type Tokens, type Vision } from '@dinokit/core'
import { mergeTiles, type MergeTilesOptions, type TileMaps } from './merge-tiles.ts'
import { tilesFingerprint } from './plan-tiles.ts'

/** Vision that takes decoded images: any of `open`. */
export type TiledVision = Pick<Vision<Pixels>, 'card' | 'embed'>

/** Kinds of a layer's vectors that are of the whole image. */
const VECTORS = ['cls', 'registers'] as const

/**
 * Embeds a large image tile by tile at its own size. Patches are merged to one grid. The class token, the registers and
 * the embedding are the mean of the tiles': they say what tiles show on average, which is not what the model would say of the image as a whole.
 *
 * @param vision - opened with `layers` or `rawLayers` where these are wanted too; attention and facets are between patches of one tile,
 *   and are left out
 * @param image - open; stays the caller's
 * @param options - side and overlap of tiles
 * @throws DinokitError those of {@link mergeTiles} and of `embed`
 */
export async function embedTiles(vision: TiledVision, image: OpenImage, options: Omit<MergeTilesOptions, 'layout'> = {}): Promise<Tokens> {
  const { signal } = options
  const means = new Map<string, Tensor>()
  const timing = { decode: 0, preprocess: 0, run: 0 }
  let count = 0
  let last: Tokens | undefined
  const started = performance.now()
  const ask = async ({ pixels }: { readonly pixels: Pixels }): Promise<TileMaps> => {
    const tokens = await vision.embed(pixels, { size: 'source', ...(signal && { signal }) })
    last = tokens
    count++
    timing.run += tokens.timing.run
    for (const [name, of] of partsOf(tokens)) for (const kind of VECTORS) addMean(means, `${name}.${kind}`, of[kind], count)
    addMean(means, 'embedding', tokens.embedding, count)
    return Object.fromEntries(partsOf(tokens).map(([name, of]) => [name, of.patches]))
  }
  const { maps, placement, plan } = await mergeTiles(image, vision.card, ask, { ...options, layout: 'tokens' })
  const layerOf = (name: string): LayerTokens => ({
    cls: means.get(`${name}.cls`)!,
    registers: means.get(`${name}.registers`)!,
    patches: maps[name]!,
  })
  const layersOf = (of: Tokens['layers'], kind: string): Tokens['layers'] =>
    Object.fromEntries(Object.keys(of).map((layer) => [layer, layerOf(`${kind}${layer}`)]))
  return {
    ...layerOf('final'),
    embedding: means.get('embedding')!,
    layers: layersOf(last!.layers, 'layer'),
    rawLayers: layersOf(last!.rawLayers, 'raw'),
    attention: {},
    facets: {},
    placement,
    fingerprint: tilesFingerprint(last!.fingerprint, vision.card, plan),
    timing: { ...timing, decode: performance.now() - started - timing.run },
  }
}

/** All the layers of tokens, by name. */
function partsOf(tokens: Tokens): [name: string, of: LayerTokens][] {
  const named = (of: Tokens['layers'], kind: string): [string, LayerTokens][] =>
    Object.entries(of).map(([layer, tokens]) => [`${kind}${layer}`, tokens])
  return [['final', tokens], ...named(tokens.layers, 'layer'), ...named(tokens.rawLayers, 'raw')]
}

function addMean(means: Map<string, Tensor>, name: string, { data, shape }: Tensor, count: number): void {
  const mean = means.get(name) ?? tensor('float32', new Float32Array(data.length), shape)
  means.set(name, mean)
  for (let i = 0; i < data.length; i++) mean.data[i]! += (data[i]! - mean.data[i]!) / count
}
