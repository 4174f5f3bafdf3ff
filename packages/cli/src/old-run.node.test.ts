import { largestDifference, ownGoldens, parseGolden } from '@dinokit/testing'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDinokit } from './testing/run-dinokit.ts'

/** Images as goldens/make_old.sh names them: a run goes on with the same ones only. */
const IMAGES = ['living/astronaut.jpg', 'living/chelsea.jpg', 'made/coffee.jpg', 'made/rocket.jpg']
const FIRST_LOOK = new URL('../../../examples/first-look/images/', import.meta.url)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  for (const image of IMAGES) {
    await mkdir(join(folder, 'album', dirname(image)), { recursive: true })
    await cp(fileURLToPath(new URL(image.split('/')[1]!, FIRST_LOOK)), join(folder, 'album', image))
  }
  const old = fileURLToPath(ownGoldens.address('old/'))
  await cp(join(old, 'run-1'), join(folder, 'student.run'), { recursive: true })
  await cp(join(old, 'student-1.json'), join(folder, 'student.json'))
  await cp(join(old, 'model-1.safetensors'), join(folder, 'model.safetensors'))
})
afterAll(() => rm(folder, { recursive: true }))

async function linesOf(bytes: Promise<Uint8Array>): Promise<Record<string, unknown>[]> {
  const text = new TextDecoder().decode(await bytes)
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('goes on with a run that an earlier dinokit began, to the same student', async () => {
  const options = ['--teacher', 'model.safetensors', '--student', 'student.json', '--data', 'album', '--size', '16', '--batch', '2']
  const run = await runDinokit(['distil', ...options, '--steps', '3', '--seed', '7', '--out', 'student.safetensors', '--resume'], {
    cwd: folder,
  })
  expect(run.stdout + run.stderr).toContain('student.safetensors: 3 steps')
  expect((await readdir(join(folder, 'student.run'))).filter((name) => name.startsWith('checkpoint'))).toHaveLength(2)
  const [before, after] = await Promise.all(
    [ownGoldens.read('old/run-1/log.jsonl'), readFile(join(folder, 'student.run/log.jsonl'))].map(linesOf),
  )
  // The steps before are those that were logged then, in the words of today.
  expect(after!.slice(0, 2)).toEqual(
    before!.slice(0, 2).map(({ picturesPerSecond, ...entry }) => ({ ...entry, imagesPerSecond: picturesPerSecond })),
  )
  const [trained, expected] = [
    parseGolden(new Uint8Array(await readFile(join(folder, 'student.safetensors')))),
    await ownGoldens.tensors('old/student-1.safetensors'),
  ]
  expect(Object.keys(trained).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, { data }] of Object.entries(expected))
    expect(largestDifference(trained[name]!.data as Float32Array, data as Float32Array), name).toBeLessThan(1e-6)
})
