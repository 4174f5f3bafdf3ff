import { parseGolden, type Golden } from '@dinokit/testing'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN, runDinokit, spawnDinokit, type CommandRun } from './testing/run-dinokit.ts'
import { writeAlbum } from './testing/write-album.ts'

const IMAGES = ['--data', 'album', '--size', '56', '--batch', '2']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  await writeAlbum(folder)
})
afterAll(() => rm(folder, { recursive: true }))

function distill(...args: string[]): Promise<CommandRun> {
  return runDinokit(['distill', '--teacher', 'tiny', ...IMAGES, ...args], { cwd: folder })
}

/** Trains blocks of 64 from nothing. */
const small = (...args: string[]): Promise<CommandRun> => distill('--student', '1x64', ...args)

const read = async (path: string): Promise<Golden> => parseGolden(new Uint8Array(await readFile(join(folder, path))))

async function logOf(run: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(join(folder, run, 'log.jsonl'), 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Reads the loss of each step. */
async function lossesOf(run: string): Promise<(readonly [step: number, loss: number])[]> {
  return (await logOf(run)).flatMap(({ step, loss }) => (typeof loss === 'number' ? [[step as number, loss] as const] : []))
}

async function cardOf(path: string): Promise<Record<string, unknown>> {
  const bytes = await readFile(join(folder, path))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))) as Record<string, Record<string, string>>
  return JSON.parse(header.__metadata__!['dinokit.card']!) as Record<string, unknown>
}

describe('a student', () => {
  test('is made of some of the teacher’s layers: trained, logged, measured and described; a broken image is named, once', async () => {
    const knn = ['--knn-train', 'album', '--knn-test', 'album']
    const run = await distill('--from-teacher-layers', '6,12', '--steps', '3', '--seed', '7', '--out', 'layers.safetensors', ...knn)
    expect(run.stderr.match(/broken\.png is not an image/g)).toHaveLength(1)
    expect(run.stdout).toContain('layers.safetensors: 3 steps')
    const log = await logOf('layers.run')
    expect(log.filter(({ knn }) => typeof knn === 'number').map(({ step, knn }) => [step, knn])).toEqual([
      [0, 1],
      [3, 1],
    ])
    expect(log.filter(({ loss }) => loss).map(({ step }) => step)).toEqual([1, 2, 3])
    expect(log.filter(({ skipped }) => skipped)).toMatchObject([{ skipped: 'album/broken.png', code: 'image-unsupported' }])
    const card = await cardOf('layers.safetensors')
    expect(card).toMatchObject({ id: 'layers', architecture: { dim: 192, depth: 2 }, origin: expect.stringContaining('of tiny') as string })
    expect(card.training).toMatchObject({
      by: 'dinokit distill',
      teacher: { model: 'tiny', weights: expect.stringMatching(/^[0-9a-f]{8}/) as string },
      data: { named: ['album'], count: 4 },
      student: { from: [6, 12] },
      recipe: { size: 56, batch: 2, learningRate: 3e-4, seed: 7 },
      steps: 3,
      metrics: { steps: 3, images: 6, skipped: 1, loss: log.findLast(({ loss }) => loss)!.loss, knn: [{ step: 0 }, { step: 3 }] },
      command: expect.stringMatching(/^dinokit distill --teacher tiny .* --seed 7 --out layers\.safetensors/) as string,
    })
    const embedded = await runDinokit(['embed', 'album/one/a.jpg', '--model', 'layers.safetensors', '--json'], { cwd: folder })
    expect(embedded.lines<{ cls: unknown }>()[0]!.error).toBeUndefined()
  })

  test('is made of a teacher in 8 bits: its card says so, and a run of the other precision is another', async () => {
    const brief = ['--student', '1x64', '--out', 'eight.safetensors', '--teacher-precision', 'int8']
    expect(await distill(...brief, '--steps', '1')).toMatchObject({ code: 0 })
    expect((await cardOf('eight.safetensors')).training).toMatchObject({ teacher: { model: 'tiny', precision: 'int8-weights' } })
    const other = await distill(...brief.slice(0, -1), 'float32', '--steps', '1', '--resume')
    expect(other.stderr).toMatch(/another run.*precision.*checkpoint-invalid/s)
  })

  test('is made of another width: its projection is dropped, and it embeds in its own width', async () => {
    await distill('--student', '2x64', '--steps', '1', '--out', 'narrow.safetensors')
    expect(Object.keys(await read('narrow.safetensors')).filter((name) => /projection|student/.test(name))).toEqual([])
    expect(Object.keys(await read('narrow.run/checkpoint-0000001.safetensors'))).toContain('projection.weight')
    await runDinokit(['embed', 'album/one/a.jpg', '--model', 'narrow.safetensors', '--out', 'narrow-tokens'], { cwd: folder })
    const [file] = await readdir(join(folder, 'narrow-tokens'))
    expect((await read(join('narrow-tokens', file!))).cls!.shape).toEqual([64])
  })

  test('is made of another patch size, by a card: the teacher’s grid is resampled', async () => {
    const { architecture, ...card } = await cardOf('narrow.safetensors')
    const coarse = { ...card, architecture: { ...(architecture as object), depth: 1, patch: 28, positionGrid: [8, 8] } }
    await writeFile(join(folder, 'coarse.json'), JSON.stringify(coarse))
    await distill('--student', 'coarse.json', '--steps', '2', '--out', 'coarse.safetensors')
    expect((await read('coarse.safetensors'))['patch_embed.proj.weight']!.shape).toEqual([64, 3, 28, 28])
    const embedded = await runDinokit(['embed', 'album/one/a.jpg', '--model', 'coarse.safetensors'], { cwd: folder })
    expect(embedded).toMatchObject({ code: 0, stderr: '' })
  })

  test('is made by the paper’s own losses: each is logged, and the numbers said are those of the card', async () => {
    const numbers = [
      '--local-size',
      '28',
      '--locals',
      '1',
      '--prototypes',
      '16',
      '--hidden',
      '16',
      '--bottleneck',
      '8',
      '--accumulate',
      '2',
    ]
    const run = await small('--loss', 'dino', ...numbers, '--learning-rate', '1e-3', '--steps', '2', '--out', 'dino.safetensors')
    expect(run.stdout).toContain('dino.safetensors: 2 steps')
    const last = (await logOf('dino.run')).findLast(({ loss }) => loss)!
    const sum = ['dino.global', 'dino.local', 'ibot', 'koLeo'].reduce((total, name) => total + (last[name] as number), 0)
    expect(Math.abs((last.loss as number) - sum)).toBeLessThan(1e-5)
    const card = await cardOf('dino.safetensors')
    // One update has the images of two batches.
    expect(card.training).toMatchObject({ metrics: { steps: 2, images: 8 } })
    expect(card).toMatchObject({ architecture: { dim: 64 }, origin: expect.stringContaining('iBOT’s losses, of tiny') as string })
    const recipe = { globalSize: 56, localSize: 28, locals: 1, prototypes: 16, batch: 2, accumulate: 2, koleo: 0.1, maskShare: 0 }
    expect(card.training).toMatchObject({ loss: 'dino', teacher: { model: 'tiny' }, recipe })
    const embedded = await runDinokit(['embed', 'album/one/a.jpg', '--model', 'dino.safetensors'], { cwd: folder })
    expect(embedded).toMatchObject({ code: 0, stderr: '' })
    const mixed = await small('--prototypes', '16', '--steps', '1', '--out', 'a.safetensors')
    expect(mixed).toMatchObject({ code: 2, stderr: expect.stringContaining('--prototypes is a number of --loss dino') as string })
  })

  test('on fixed crops: the teacher looks once, and the store tells what it saw', async () => {
    // All of the teacher’s layers: where both see the very same pixels, there is nothing to learn.
    const of = (teacher: string, ...args: string[]): Promise<CommandRun> =>
      runDinokit(['distill', '--teacher', teacher, ...IMAGES, '--store', 'seen.store', ...args], { cwd: folder })
    const run = await of('layers.safetensors', '--from-teacher-layers', '1,2', '--steps', '1', '--out', 'same.safetensors')
    expect(run.stderr.match(/broken\.png is not an image/g)).toHaveLength(1)
    const [first] = await lossesOf('same.run')
    expect(first![1]).toBeGreaterThan(0)
    expect(first![1]).toBeLessThan(1e-5)
    const info = async (): Promise<unknown> =>
      (await runDinokit(['store', 'info', 'seen.store', '--json'], { cwd: folder })).lines()[0]!.output
    expect(await info()).toMatchObject({ rows: 3, fingerprint: { model: 'layers' }, tensors: { cls: [192], patches: [4, 4, 192] } })
    const card = await cardOf('same.safetensors')
    expect(card.training).toMatchObject({ crops: 'fixed', recipe: { scale: [1, 1] }, metrics: { skipped: 1 } })
    // Another student of the same teacher; the second step has images of the next pass.
    const before = await info()
    const fixed = await of('layers.safetensors', '--student', '1x64', '--steps', '4', '--out', 'fixed.safetensors')
    expect(fixed.stdout).toContain('fixed.safetensors: 4 steps')
    expect(await info()).toEqual(before)
    const refused = await of('tiny', '--student', '1x64', '--steps', '1', '--out', 'other.safetensors')
    expect(refused.stderr).toMatch(/seen\.store belongs to another model.*model tiny.*model layers.*fingerprint-mismatch/s)
    const random = await small('--loss', 'dino', '--store', 'seen.store', '--steps', '1', '--out', 'a.safetensors')
    expect(random).toMatchObject({ code: 2, stderr: expect.stringContaining('--store goes with --loss tokens') as string })
  })

  test('is ready when the minutes are over', async () => {
    const run = await small('--max-minutes', '0.02', '--out', 'timed.safetensors')
    expect(run.stdout).toMatch(/timed\.safetensors: \d+ steps/)
    const steps = (await logOf('timed.run')).filter(({ loss }) => loss) as { seconds: number; learningRate: number }[]
    const [last, before] = steps.toReversed()
    expect(last!.seconds).toBeGreaterThanOrEqual(1.2)
    // The schedule follows the clock, a cosine after the warm-up: the last step’s rate is that of a moment after the step before
    // and before its own end, which may be later than all the minutes.
    const rateAt = (seconds: number): number => 1.5e-4 * (1 + Math.cos((Math.PI * (Math.min(seconds / 1.2, 1) - 0.05)) / 0.95))
    const ROUNDED = 1e-6
    expect(last!.learningRate).toBeLessThanOrEqual(rateAt(before?.seconds ?? 0.06) + ROUNDED)
    expect(last!.learningRate).toBeGreaterThanOrEqual(rateAt(last!.seconds) - ROUNDED)
  })
})

const STEPS = ['--steps', '8']
const EVERY_STEP = ['--save-minutes', '0.00001']

describe('a run that ends early', () => {
  beforeAll(async () => void (await small(...STEPS, '--out', 'whole.safetensors')), 240_000)

  /** The same run, resumed in another folder, ends as the whole one: every number of its state, and the log. */
  async function expectWhole(out: string): Promise<void> {
    const run = await small(...STEPS, '--out', `${out}.safetensors`, '--resume')
    expect(run.stdout).toContain(`${out}.safetensors: 8 steps`)
    expect(await read(`${out}.safetensors`)).toEqual(await read('whole.safetensors'))
    expect(await read(`${out}.run/checkpoint-0000008.safetensors`)).toEqual(await read('whole.run/checkpoint-0000008.safetensors'))
    expect(await lossesOf(`${out}.run`)).toEqual(await lossesOf('whole.run'))
  }

  test('goes on with the same bits after kill -9, by --resume', { timeout: 240_000 }, async () => {
    const args = ['distill', '--teacher', 'tiny', ...IMAGES, '--student', '1x64', ...STEPS, ...EVERY_STEP, '--out', 'killed.safetensors']
    const names = (): Promise<string[]> => readdir(join(folder, 'killed.run')).catch(() => [])
    const killed = await spawnDinokit(args, {
      cwd: folder,
      killWhen: async () => (await names()).includes('checkpoint-0000003.safetensors'),
    })
    expect(killed.code).toBeNull()
    // As where it was killed while it saved: half of the newest checkpoint, which a damaged disk may leave too.
    const checkpoints = (await names()).filter((name) => name.endsWith('.safetensors')).sort()
    const newest = checkpoints[checkpoints.length - 1]!
    const path = join(folder, 'killed.run', newest)
    await writeFile(path, (await readFile(path)).subarray(0, 1000))
    await writeFile(`${path}.1.part`, 'torn')
    await expectWhole('killed')
    expect((await names()).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  /** On a disk of so many megabytes, in a namespace of its own: where the system allows that. */
  const onSmallDisk = (disk: string, command: string): string[] => [
    '-rm',
    'sh',
    '-c',
    `mount -t tmpfs -o size=3m tmpfs '${disk}' && { ${command} }`,
  ]
  const smallDisks = spawnSync('unshare', onSmallDisk('/mnt', 'true;')).status === 0

  test.skipIf(!smallDisks)(
    'by a full disk (needs unshare and tmpfs): said by its code; the last good checkpoint goes on',
    { timeout: 240_000 },
    async () => {
      const disk = join(folder, 'disk')
      await mkdir(disk)
      const args = ['distill', '--teacher', 'tiny', ...IMAGES, '--student', '1x64', ...STEPS, ...EVERY_STEP, '--out', 'full.safetensors']
      const node = `'${process.execPath}' ${TYPESCRIPT.join(' ')} '${BIN}' ${args.join(' ')} --run disk --json`
      // What is on the disk goes with it.
      const command = `${node}; cp -r disk full.run;`
      const { stdout, stderr } = spawnSync('unshare', onSmallDisk(disk, command), { cwd: folder, encoding: 'utf8' })
      const { error } = JSON.parse(stdout.trim().split('\n').slice(-1)[0]!) as { error: { code: string; message: string } }
      expect(error, stderr).toMatchObject({ code: 'disk-full' })
      const kept = (await readdir(join(folder, 'full.run'))).filter((name) => name.startsWith('checkpoint'))
      expect(error.message).toContain(`The last good checkpoint is disk/${kept[kept.length - 1]!}`)
      await expectWhole('full')
    },
  )
})

describe('denoising', () => {
  const SIZES = ['--size', '84', '--windows', '56,84', '--target-window', '56', '--target-windows', '4', '--target-padding', '1']
  const EVERYTHING = ['--patch-dropout', '0.2', '--corner-masking', '0.5', '--attention', '0.3', '--registers-first', '1']
  const args = (out: string, ...more: string[]): string[] => {
    const student = ['--student-from-teacher', '--registers', '2', '--denoise', '--class-layers', '1,2', ...EVERYTHING, ...SIZES]
    return ['distill', '--teacher', 'layers.safetensors', '--data', 'album', '--batch', '2', ...student, ...more, '--out', out]
  }

  test('makes a student of the teacher with registers, and goes on after kill -9 with the targets that there are', async () => {
    const run = args('clean.safetensors', '--steps', '4')
    const names = (): Promise<string[]> => readdir(join(folder, 'clean.run')).catch(() => [])
    const killed = await spawnDinokit([...run, ...EVERY_STEP], {
      cwd: folder,
      killWhen: async () => (await names()).includes('checkpoint-0000001.safetensors'),
    })
    expect(killed.code).toBeNull()
    const ended = await runDinokit([...run, '--resume'], { cwd: folder })
    expect(ended.stdout).toContain('clean.safetensors: 4 steps')
    const terms = ['patchCosine', 'patchSmoothL1', 'clsCosine', 'clsSmoothL1', 'attentionDivergence']
    expect((await logOf('clean.run')).findLast(({ loss }) => loss)).toMatchObject(
      Object.fromEntries(terms.map((term) => [term, expect.any(Number) as number])),
    )
    const info = await runDinokit(['store', 'info', 'clean.targets', '--json'], { cwd: folder })
    expect(info.lines()[0]!.output).toMatchObject({ rows: 3, dtype: 'float16', tensors: { patches: [6, 6, 192] } })
    const card = await cardOf('clean.safetensors')
    expect(card).toMatchObject({ architecture: { depth: 2, registers: 2 }, interpolation: 'antialias' })
    expect(card.training).toMatchObject({ crops: 'windows', student: { from: 'teacher' }, recipe: { attention: 0.3, registersFirst: 1 } })
    const embedded = await runDinokit(['embed', 'album/one/a.jpg', '--model', 'clean.safetensors'], { cwd: folder })
    expect(embedded).toMatchObject({ code: 0, stderr: '' })
  }, 240_000)

  test.each([
    [['--student', '1x64', '--denoise'], '--denoise needs a student of the teacher'],
    [['--student-from-teacher', '--denoise', '--loss', 'dino'], '--denoise goes with --loss tokens'],
    [['--student-from-teacher', '--attention', '1'], '--attention is a number of --denoise'],
    [['--student-from-teacher', '--denoise', '--registers-first', '5'], 'give --registers'],
  ])('rejects %j', async (options, refusal) => {
    const run = await distill(...options, '--steps', '1', '--out', 'a.safetensors')
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(refusal) as string })
  })
})

describe('distill', () => {
  test('rejects images and options that can’t be', async () => {
    const of = (data: string): Promise<CommandRun> =>
      runDinokit(['distill', '--teacher', 'tiny', '--student', '1x64', '--data', data, '--steps', '1', '--out', 'a.safetensors'], {
        cwd: folder,
      })
    expect((await of('empty')).stderr).toContain('There are no images in empty')
    await mkdir(join(folder, 'broken'))
    await cp(join(folder, 'album/broken.png'), join(folder, 'broken/a.png'))
    expect((await of('broken')).stderr).toMatch(/None of the images can be read.*image-unreadable/s)
    const endless = await small('--out', 'a.safetensors')
    expect(endless).toMatchObject({ code: 2, stderr: expect.stringContaining('give --steps or --max-minutes') as string })
    const nobody = await distill('--steps', '1', '--out', 'a.safetensors')
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining('--from-teacher-layers') as string })
    expect((await small('--steps', '1', '--out', 'album/one/a.jpg/x.safetensors')).stderr).toContain('file-unwritable')
  })

  test('rejects a teacher and a student that can’t be matched', async () => {
    const { architecture, ...card } = await cardOf('narrow.safetensors')
    await writeFile(join(folder, 'other.json'), JSON.stringify({ ...card, architecture: { ...(architecture as object), patch: 16 } }))
    const other = await distill('--student', 'other.json', '--steps', '1', '--out', 'c.safetensors')
    expect(other.stderr).toMatch(/56x56 don’t divide.*narrow \(16x16\) and tiny \(14x14\).*a multiple of 112, such as 112.*size-invalid/s)
    const deep = await distill('--from-teacher-layers', '6,13', '--steps', '1', '--out', 'c.safetensors')
    expect(deep.stderr).toMatch(/no layer 13.*1 to 12/s)
  })

  test('rejects a run that is not there, one there already, another and a newer one', async () => {
    const go = (...args: string[]): Promise<CommandRun> => small('--steps', '2', '--out', 'going.safetensors', ...args)
    expect((await go('--resume')).stderr).toContain('There is no run to resume in going.run')
    await go()
    expect((await go()).stderr).toContain('--resume to go on')
    expect((await go('--resume', '--seed', '1')).stderr).toMatch(/another run.*seed 0, as it was begun.*checkpoint-invalid/s)
    const path = join(folder, 'going.run/checkpoint-0000002.safetensors')
    const newer = (await readFile(path, 'latin1')).replace('\\"version\\":2', '\\"version\\":9')
    await writeFile(path, newer, 'latin1')
    expect((await go('--resume')).stderr).toMatch(/newer dinokit.*version 2 or earlier.*contract-mismatch/s)
  })

  test('names the step, the learning rate and the last good checkpoint where the loss is no number', async () => {
    const run = await small('--steps', '3', '--learning-rate', '1e30', '--out', 'wild.safetensors')
    expect(run.stderr).toMatch(
      /at step 2, with a learning rate of .*e\+\d+.*wild\.run\/checkpoint-0000001\.safetensors.*training-diverged/s,
    )
    expect(await readdir(folder)).not.toContain('wild.safetensors')
  })
})
