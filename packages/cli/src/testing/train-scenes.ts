import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect } from 'vitest'
import { runDinokit, type CommandRun } from './run-dinokit.ts'

/** Side of the images, in pixels. */
export const SIDE = 56

/** Training of a segmentation head on them. */
export const SEGMENT = ['train', 'segment', '--store', 'scenes.store', '--annotations', 'maps', '--batch', '4', '--learning-rate', '0.01']

/** A folder with a store `scenes.store` of 24 images of two classes, their `maps` and `depths`, and commands in it. */
export interface Scenes {
  readonly folder: string
  /** Runs a command with `--json`. */
  readonly dinokit: (...args: string[]) => Promise<CommandRun>
  /** Writes a gray image of 8 or 16 bits. */
  writeGray(path: string, data: Uint8Array | Uint16Array, width?: number): Promise<void>
  /** Reads the description in a head file. */
  readDescription(name: string): Promise<Record<string, Record<string, unknown>>>
}

/** Failed inputs that a command told, with their codes. */
export function failures(run: CommandRun): string[][] {
  return run.lines().flatMap(({ input, error }) => (error ? [[input, error.code]] : []))
}

/** Output that a command told last. */
export function last(run: CommandRun): unknown {
  return run.lines().at(-1)?.output
}

/** Makes the folder; whoever calls removes it. */
export async function createScenes(): Promise<Scenes> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-train-test-'))
  for (let number = 0; number < 24; number++) await writeScene(folder, String(number).padStart(2, '0'), number % 2 ? 'red' : 'blue', number)
  const dinokit = (...args: string[]): Promise<CommandRun> => runDinokit([...args, '--json'], { cwd: folder })
  const run = await dinokit(
    ...['index', 'scenes', '--store', 'scenes.store', '--labels-from-folders', '--split', 'train=70,val=30'],
    ...['--patches', '--mean-patch-token', '--layers', '11', '--class-attention', '11,12', '--flip', '--size', `${SIDE}x${SIDE}`],
  )
  expect(run.code).toBe(0)
  return {
    folder,
    dinokit,
    writeGray: (path, data, width) => writeGray(join(folder, path), data, width),
    async readDescription(name) {
      const file = await readFile(join(folder, name))
      const header = JSON.parse(file.subarray(8, 8 + Number(file.readBigUInt64LE())).toString()) as { __metadata__: Record<string, string> }
      return JSON.parse(header.__metadata__['dinokit.head']!) as Record<string, Record<string, unknown>>
    },
  }
}

async function writeGray(path: string, data: Uint8Array | Uint16Array, width = SIDE): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  const image = sharp(data, { raw: { width, height: data.length / width, channels: 1 } })
  await image
    .toColourspace(data instanceof Uint16Array ? 'grey16' : 'b-w')
    .png()
    .toFile(path)
}

/** Something striped stands before a plain wall, from the left edge up to a patch’s edge. Its color says the image’s class. */
async function writeScene(folder: string, name: string, kind: 'red' | 'blue', number: number): Promise<void> {
  const edge = 14 * (1 + (number % 3))
  const each = <T>(make: (inside: boolean, x: number, y: number) => T): T[] =>
    Array.from({ length: SIDE * SIDE }, (_, i) => make(i % SIDE < edge, i % SIDE, Math.floor(i / SIDE)))
  const color = kind === 'red' ? [220, 40, 30] : [30, 60, 220]
  const stripe = (x: number, y: number): number => ((x + number) % 4 < 2 ? 1 : 0.2) * (1 - (y % 7) / 30)
  const pixels = each((inside, x, y) => color.map((value) => (inside ? value * stripe(x, y) : 190 + (number % 7))))
  await mkdir(join(folder, 'scenes', kind), { recursive: true })
  await sharp(Uint8Array.from(pixels.flat()), { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(join(folder, 'scenes', kind, `${name}.png`))
  await writeGray(join(folder, `maps/${kind}/${name}.png`), Uint8Array.from(each((inside, _, y) => (y < 3 ? 255 : inside ? 1 : 0))))
  await writeGray(
    join(folder, `depths/${kind}/${name}.mm.png`),
    Uint16Array.from(each((inside, _, y) => (y < 3 ? 0 : inside ? 1500 : 4000))),
  )
}
