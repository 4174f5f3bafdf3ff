import { openTensorFile } from '@dinokit/checkpoint'
import { findModelCard, tensor, type Architecture, type ModelCard } from '@dinokit/core'
import { RELATED_MODELS } from '@dinokit/core/relatives'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { createVitBackbone } from '@dinokit/vit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeRandomCheckpoint } from '../lib/random-checkpoint.ts'
import { table } from '../lib/table.ts'
import { takeTurns, timed, type Way } from '../lib/ways.ts'

/** Models that are not measured have more parameters: minutes and gigabytes, for a ratio that work tells too. */
const LARGEST = 350e6
const ROUNDS = 5

/** A network, and the side of its images. */
interface Measured {
  readonly id: string
  readonly architecture: Architecture
  readonly rotary: boolean
  readonly side: number
}

function networks(): Measured[] {
  const dinov2 = ['tiny', 'dinov2-small', 'dinov2-base', 'dinov2-large'].map((id): Measured => ({
    id,
    architecture: findModelCard(id).architecture,
    rotary: false,
    side: 224,
  }))
  const related = RELATED_MODELS.filter(({ parameters }) => parameters <= LARGEST).map(({ id, shape, input: side }): Measured => {
    const { rotary, ...rest } = shape
    const grid = rotary ? 0 : Math.floor(side / shape.patch)
    return { id, architecture: { ...rest, heads: rest.dim / 64, positionGrid: [grid, grid], layerNormEps: 1e-6 }, rotary, side }
  })
  return [...dinov2, ...related]
}

/**
 * Runs networks of every family with random weights on one prepared image of the size that they are made for: the time of each as a
 * multiple of the embedded model's. They take turns with it, so that a machine that slows down slows both.
 *
 * @returns a table
 */
export async function backbonesTable(): Promise<string> {
  const runtime = createNodeRuntime()
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  const rows = [['', 'image', 'ms', 'tiny at 224, ms', 'ratio']]
  const path = join(folder, 'model.safetensors')
  const runOf = async ({ id, architecture, rotary, side }: Measured): Promise<{ readonly way: Way; readonly end: () => Promise<void> }> => {
    await writeRandomCheckpoint(path, architecture, 'meta')
    const card: ModelCard = { ...findModelCard('tiny'), id, architecture, interpolation: rotary ? 'rotary' : 'antialias' }
    const backbone = await createVitBackbone(await openTensorFile(await runtime.readAsset({ kind: 'file', path })), card)
    const graph = backbone.graph({})
    const session = await runtime.createSession(graph.model)
    const pixels = tensor(
      'uint8',
      Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 31) % 251),
      [1, side, side, 3],
    )
    const feeds = graph.feeds(pixels)
    const end = async (): Promise<void> => {
      await session.dispose()
      await backbone.close()
    }
    return { way: [id, () => timed(1, () => session.run(feeds))], end }
  }
  try {
    const [tiny, ...others] = networks()
    const first = await runOf(tiny!)
    for (const network of others) {
      const { way, end } = await runOf(network)
      const times = await takeTurns([first.way, way], ROUNDS)
      const [least, own] = [times.get(tiny!.id)!, times.get(network.id)!]
      rows.push([network.id, `${network.side}x${network.side}`, own.toFixed(0), least.toFixed(1), `${(own / least).toFixed(1)} x`])
      await end()
    }
    await first.end()
  } finally {
    await rm(folder, { recursive: true })
  }
  return `A run of each network on one prepared image of its size, random weights\n${table(rows)}`
}
