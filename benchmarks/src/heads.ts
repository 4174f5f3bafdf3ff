import type { InputSize, Placement, Tensor, Tokens } from '@dinokit/core'
import { depth } from '@dinokit/head-depth'
import { measureExtent, labelMap, sourceMap, writeHeadFile, type HeadDescription, type HeadTensor } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import { open } from 'dinokit'
import { median } from './lib/median.ts'
import { makeImages } from './lib/images.ts'
import { table } from './lib/table.ts'

const ROUNDS = 15
/** Answers that are not counted: the code is not compiled yet. */
const WARM_UP = 10
const SIZES: readonly (readonly [name: string, size: InputSize, rounds: number])[] = [
  ['crop of 224', 224, ROUNDS],
  ['the whole, shorter side 518', { shortest: 518 }, ROUNDS],
  ['the whole, as it is', 'pad', 1],
]

/**
 * Measures the time that heads add to the backbone's run on the embedded model, for an image of 1920x1200 and answers of that size: its own
 * heads, and heads of the shape of Meta's, of random weights, whose labels change everywhere: the linear depth head of four
 * layers (256 bins) and the multi-scale segmentation head (150 classes).
 */
export async function* headsTables(): AsyncGenerator<string, void, undefined> {
  yield await headsTable('its own heads', depth(), segmentation())
  yield await headsTable('random heads of Meta’s shapes', depth({ weights: depthFile() }), segmentation({ weights: segmentationFile() }))
}

async function headsTable(
  what: string,
  depthHead: ReturnType<typeof depth>,
  segmentationHead: ReturnType<typeof segmentation>,
): Promise<string> {
  const [file] = await makeImages(1)
  await using vision = await open({ heads: { depth: depthHead, segment: segmentationHead } })
  const rows: string[][] = [
    ['input', 'backbone', 'depth', 'of backbone', 'upsampling alone', 'segmentation', 'of backbone', 'labels alone'],
  ]
  for (const [name, size, rounds] of SIZES) {
    const times = { run: [] as number[], depth: [] as number[], meters: [] as number[], segment: [] as number[], labels: [] as number[] }
    for (let round = rounds === 1 ? 0 : -WARM_UP; round < rounds; round++) {
      const tokens = await vision.embed(file!, { size })
      const own = { run: tokens.timing.run, ...(await headTimes(tokens)) }
      if (round >= 0) for (const key of Object.keys(times) as (keyof typeof times)[]) times[key].push(own[key])
    }
    const [run, depthTime, meters, segment, labels] = [times.run, times.depth, times.meters, times.segment, times.labels].map(median)
    const share = (time: number): string => `${((100 * time) / run!).toFixed(0)} %`
    rows.push([
      name,
      run!.toFixed(0),
      depthTime!.toFixed(0),
      share(depthTime!),
      `${meters!.toFixed(0)} (${share(meters!)})`,
      segment!.toFixed(0),
      share(segment!),
      `${labels!.toFixed(0)} (${share(labels!)})`,
    ])
  }
  return `tiny, ${what}: an image of 1920x1200, answers of that size; milliseconds, medians of ${ROUNDS} (1 for the last)\n${table(rows)}`

  async function headTimes(tokens: Tokens): Promise<Record<'depth' | 'meters' | 'segment' | 'labels', number>> {
    const [depthTime] = await timed(() => vision.heads.depth(tokens))
    const [segment, { logits }] = await timed(() => vision.heads.segment(tokens))
    const [labels] = await timed(async () => labelMap(logits, tokens.placement))
    const grid = fine(logits, tokens.placement)
    const [meters] = await timed(async () =>
      measureExtent(sourceMap(grid, tokens.placement, { unit: 'm', unknown: 0 }), tokens.placement, grid),
    )
    return { depth: depthTime, meters, segment, labels }
  }
}

/** A grid four times as fine as the patches, as the depth head's is. */
function fine({ data }: Tensor, { input }: Placement): Tensor {
  const shape = [(input.height / 14) * 4, (input.width / 14) * 4]
  return { dtype: 'float32', data: data.slice(0, shape[0]! * shape[1]!), shape }
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const started = performance.now()
  const result = await work()
  return [performance.now() - started, result]
}

const ABOUT = { format: 2, name: 'random', backbone: { dim: 192 } } as const
const LAYERS = [3, 6, 9, 12]

function depthFile(): Uint8Array {
  const description: HeadDescription = {
    ...ABOUT,
    task: 'depth',
    input: { layers: LAYERS, norm: false, tokens: ['patches', 'cls'] },
    network: [{ kind: 'convolution' }],
    upsample: 4,
    output: { kind: 'bins', min: 0.001, max: 10 },
  }
  return writeHeadFile({ description, tensors: new Map([['network.0.weight', random(256, 8 * 192, 1, 1)]]) })
}

function segmentationFile(): Uint8Array {
  const description: HeadDescription = {
    ...ABOUT,
    task: 'segmentation',
    input: { layers: LAYERS, norm: true, tokens: ['patches'] },
    network: [{ kind: 'convolution' }],
    output: { kind: 'classes' },
    classes: Array.from({ length: 150 }, (_, index) => ({ name: `class ${index}` })),
  }
  return writeHeadFile({ description, tensors: new Map([['network.0.weight', random(150, 4 * 192, 1, 1)]]) })
}

function random(...shape: number[]): HeadTensor {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state / 2 ** 31) * 0.04
  }
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next) }
}
