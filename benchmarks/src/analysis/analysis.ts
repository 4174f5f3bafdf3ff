import {
  attentionMaps,
  attentionRollout,
  createPatchSearch,
  discoverObjects,
  fitPca,
  foregroundMasks,
  matchPatches,
  meanMap,
  outlierPatches,
  patchFacet,
  pcaColors,
  resizeToSource,
  scorePatches,
  segmentByExample,
  sharpenMap,
  similarityMap,
  type PatchSearch,
} from '@dinokit/analysis'
import { tensor, type Pixels, type Tokens } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { decodeImage } from '@dinokit/runtime-node'
import { open } from 'dinokit'
import { makeImages } from '../lib/images.ts'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'

const SIZE = { width: 518, height: 518 }
const ROUNDS = 9
/** Rounds that are not counted: the code is not compiled yet. */
const WARM_UP = 3
const LAYER = 12

/** Input of the methods: the tokens of two images of one size, and the first one's pixels. */
interface Given {
  readonly a: Tokens
  readonly b: Tokens
  readonly pixels: Pixels
  /** Bank of 10,000 patches. */
  readonly search: PatchSearch
}

/** Methods by name, and whether at most a quarter of the backbone's time is their goal. */
const METHODS: readonly (readonly [name: string, goal: boolean, run: (given: Given) => unknown])[] = [
  ['attention of CLS, all heads, mean', true, ({ a }) => meanMap(attentionMaps(a, { layer: LAYER }))],
  ['PCA of both, as colors', true, ({ a, b }) => pcaColors(fitPca([a.patches, b.patches]), [a.patches, b.patches])],
  ['match of two images', true, ({ a, b }) => matchPatches(a.patches, b.patches)],
  ['anomaly: nearest of 10,000 patches', true, ({ a, search }) => scorePatches(search, a.patches)],
  ['similarity to one patch', false, ({ a }) => similarityMap(a.patches, { row: 18, column: 18 })],
  ['foreground of both', false, ({ a, b }) => foregroundMasks(fitPca([a.patches, b.patches], 1), [a.patches, b.patches])],
  ['rollout of one layer', false, ({ a }) => attentionRollout([a.attention[LAYER]!])],
  ['one example', false, ({ a, b }) => segmentByExample(a.patches, halves(b))],
  ['object (TokenCut)', false, ({ a }) => discoverObjects(patchFacet(a, LAYER), { ignored: outlierPatches(a.rawLayers[LAYER]!.patches) })],
  ['object (LOST)', false, ({ a }) => discoverObjects(patchFacet(a, LAYER), { method: 'lost' })],
  ['map to the image’s pixels, bilinear', false, ({ a }) => resizeToSource(meanMap(attentionMaps(a, { layer: LAYER })), a.placement)],
  [
    'map to the image’s pixels, sharp',
    false,
    ({ a, pixels }) => sharpenMap(meanMap(attentionMaps(a, { layer: LAYER })), pixels, a.placement),
  ],
]

/** Measures the time of each method of `@dinokit/analysis` itself as a share of the backbone's run, on the embedded model at 518x518. */
export async function analysisTable(): Promise<string> {
  const [first, second] = await makeImages(2, SIZE)
  await using vision = await open({ attention: [LAYER], facets: [LAYER], rawLayers: [LAYER] })
  await using plain = await open()
  const runs: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const { timing } = await plain.embed(first!, { size: SIZE })
    if (round >= 0) runs.push(timing.run)
  }
  const run = median(runs)
  await using search = await createPatchSearch(vision.runtime, bankOf(10_000, vision.card.architecture.dim))
  const given = {
    search,
    a: await vision.embed(first!, { size: SIZE }),
    b: await vision.embed(second!, { size: SIZE }),
    pixels: await decodeImage(first!),
  }
  const rows: string[][] = []
  for (const [name, goal, work] of METHODS) {
    const times: number[] = []
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const started = performance.now()
      await work(given)
      if (round >= 0) times.push(performance.now() - started)
    }
    const time = median(times)
    rows.push([name, time.toFixed(1), `${((100 * time) / run).toFixed(0)} %`, goal ? '25 %' : ''])
  }
  await using large = await createPatchSearch(vision.runtime, bankOf(100_000, vision.card.architecture.dim))
  const { patches } = await vision.embed(first!)
  const times: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const started = performance.now()
    await scorePatches(large, patches)
    if (round >= 0) times.push(performance.now() - started)
  }
  return `tiny, 518x518 (1,369 patches): milliseconds, medians of ${ROUNDS}; the backbone's run takes ${run.toFixed(0)}\n${table([
    ['method', 'own time', 'of the backbone’s', 'goal'],
    ...rows,
  ])}\n\nanomaly at 224x224 (256 patches), nearest of 100,000 patches: ${median(times).toFixed(0)} ms (goal 150)`
}

/** A bank of patches that point anywhere: all are as likely to be the nearest. */
function bankOf(count: number, dim: number): Given['a']['patches'] {
  const random = createRandom(24)
  return tensor(
    'float32',
    Float32Array.from({ length: count * dim }, () => random.uniform(-1, 1)),
    [count, dim],
  )
}

/** The upper half of an image's patches as an example, the lower one as what is not. */
function halves({ patches: { data, shape } }: Tokens): { readonly inside: Given['a']['patches']; readonly outside: Given['a']['patches'] } {
  const dim = shape[2]!
  const half = Math.floor(shape[0]! / 2) * shape[1]! * dim
  const part = (of: Float32Array): Given['a']['patches'] => tensor('float32', of, [of.length / dim, dim])
  return { inside: part(data.subarray(0, half)), outside: part(data.subarray(half)) }
}
