/**
 * Nearest neighbor on Imagenette by the embedded model, in float32 and in int8: `npx pnpm@12 exec tsx benchmarks/src/precision/nearest.ts`.
 * Images of shared/data/cls/imagenette, whose folders are their classes: those of train to compare with, those of test asked.
 */
import { sharedPath } from '@dinokit/testing'
import { open } from 'dinokit'
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const FOLDER = sharedPath('data/cls/imagenette')

interface Labeled {
  readonly label: string
  /** Direction: of length 1. */
  readonly vector: Float32Array
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const unit = (values: Float32Array): Float32Array => {
  const length = Math.sqrt(dot(values, values))
  return values.map((value) => value / length)
}

const filesOf = (split: string): string[] =>
  readdirSync(join(FOLDER, split), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(FOLDER, split, name))

for (const precision of ['float32', 'int8'] as const) {
  await using vision = await open({ precision })
  const look = async (files: readonly string[]): Promise<Labeled[]> => {
    const found: Labeled[] = []
    for await (const { index, tokens, error } of vision.stream(files)) {
      if (error) throw error
      found.push({ label: basename(dirname(files[index]!)), vector: unit(tokens.cls.data) })
    }
    return found
  }
  const [known, asked] = [await look(filesOf('train')), await look(filesOf('test'))]
  const right = asked.filter(({ label, vector }) => {
    const similarities = known.map((other) => dot(vector, other.vector))
    return known[similarities.indexOf(Math.max(...similarities))]!.label === label
  })
  console.log(
    `${precision}: ${((100 * right.length) / asked.length).toFixed(2)} % (${right.length} of ${asked.length}, ${known.length} to compare with)`,
  )
}
