import {
  anomalyThreshold,
  createPatchSearch,
  heldOutScores,
  joinTokens,
  scorePatches,
  shareOut,
  writeAnomalyBank,
  type AnomalyBankInfo,
  type AnomalyScore,
  type PatchSearch,
} from '@dinokit/analysis'
import {
  assertNotAborted,
  type Fingerprint,
  type ImageSource,
  type OnProgress,
  type Runtime,
  type Size,
  type Tensor,
  type Tokens,
} from 'dinokit/browser'
import type { SizeChoice } from './input-size.ts'
import type { GoodImages, ImageFile, LearnedBank } from './protocol.ts'

/** Bank of the patches of good images. */
export interface AnomalyLearner {
  /**
   * Learns good images in place of those that were learned before. What was seen of them is kept for the next time.
   *
   * @param embed - embeds an image in the resolution of the good ones
   */
  learn(good: GoodImages, embed: (image: ImageFile) => Promise<Tokens>, onProgress: OnProgress, signal: AbortSignal): Promise<LearnedBank>
  /** Scores patches by the bank; undefined where there is none, or it was learned in another resolution. */
  score(patches: Tensor, size: SizeChoice): Promise<AnomalyScore | undefined>
}

/** Share of good images that may score above the threshold, where there are enough of them. */
const FALSE_ALARMS = 0.05

interface Seen {
  readonly grid: Tensor
  readonly fingerprint: Fingerprint
  readonly input: Size
}

/**
 * Starts without a bank. Its sessions end with the runtime.
 *
 * @param runtime - of the model; stays the caller's
 * @param depth - number of the model's layers
 */
export function createAnomalyLearner(runtime: Runtime<ImageSource>, depth: number): AnomalyLearner {
  const seen = new Map<string, Seen>()
  let bank: { readonly size: SizeChoice; readonly search: PatchSearch } | undefined
  // One at a time: a bank that is asked is not taken away meanwhile.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  async function lookAt(
    { images, size }: GoodImages,
    embed: (image: ImageFile) => Promise<Tokens>,
    onProgress: OnProgress,
    signal: AbortSignal,
  ) {
    const keys = images.map(({ id }) => `${id} ${size}`)
    for (const key of seen.keys()) if (!keys.includes(key)) seen.delete(key)
    for (const [index, image] of images.entries()) {
      if (!seen.has(keys[index]!)) {
        const { patches, fingerprint, placement } = await embed(image)
        seen.set(keys[index]!, { grid: patches, fingerprint, input: placement.input })
      }
      assertNotAborted(signal)
      onProgress({ name: 'Learning', done: index + 1, total: images.length })
    }
    return keys.map((key) => seen.get(key)!)
  }
  return {
    async learn(good, embed, onProgress, signal) {
      const started = performance.now()
      const looks = await lookAt(good, embed, onProgress, signal)
      return inTurn(async () => {
        assertNotAborted(signal)
        const parts = shareOut(looks)
        const lengths = parts.map((some) => some.reduce((sum, { grid }) => sum + grid.shape[0]! * grid.shape[1]!, 0))
        const patches = joinTokens(parts.flat().map(({ grid }) => grid))
        const search = await createPatchSearch(runtime, patches, lengths)
        await bank?.search.dispose()
        bank = { size: good.size, search }
        const scores = parts.length > 1 ? await heldOutScores(search, parts, { signal }) : []
        const threshold = scores.length > 0 ? anomalyThreshold(scores, FALSE_ALARMS) : undefined
        const info = infoOf(looks, depth)
        return {
          images: looks.length,
          patches: patches.shape[0]!,
          ...(threshold && { threshold }),
          ...(info && { file: writeAnomalyBank({ patches, info: { ...info, ...(threshold && { threshold }) } }) }),
          elapsed: performance.now() - started,
        }
      })
    },
    score: (patches, size) => inTurn(async () => (bank?.size === size ? scorePatches(bank.search, patches) : undefined)),
  }
}

/** Origin of a bank, where all the images were seen in one size: another program sees what it scores in that size. */
function infoOf(looks: readonly Seen[], depth: number): Omit<AnomalyBankInfo, 'threshold'> | undefined {
  const [{ fingerprint, grid, input }] = looks as [Seen, ...Seen[]]
  const [rows, columns] = grid.shape as [number, number, number]
  if (!looks.every((look) => look.fingerprint.preprocessing === fingerprint.preprocessing)) return undefined
  return { fingerprint, layer: depth, size: input, images: looks.length, grid: [rows, columns] }
}
