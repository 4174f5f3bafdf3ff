import { DinokitError } from '@dinokit/core'
import { openLanceStore } from '@dinokit/store-node'
import { cp, readdir, readFile, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { trainingCheckpoint } from './run/training-checkpoint.ts'
import { runDinokit, spawnDinokit, type CommandRun } from './testing/run-dinokit.ts'
import { createScenes, failures, last, SEGMENT, SIDE } from './testing/train-scenes.ts'

const scenes = await createScenes()
const { folder, dinokit } = scenes
afterAll(() => rm(folder, { recursive: true }))

/** Puts numbers in the place of others in the files below a folder, as a failing disk would. */
async function overwrite(path: string, before: Float32Array, after: Float32Array): Promise<void> {
  let places = 0
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const name = join(entry.parentPath, entry.name)
    const bytes = await readFile(name)
    const at = bytes.indexOf(new Uint8Array(before.buffer, before.byteOffset, before.byteLength))
    if (at < 0) continue
    bytes.set(new Uint8Array(after.buffer), at)
    await writeFile(name, bytes)
    places++
  }
  expect(places).toBe(1)
}

describe('classify', () => {
  test.each(['sweep', 'logistic', 'mlp'])('trains by %s, says how well, and writes a head that answers', async (method) => {
    const trained = await dinokit(
      'train',
      'classify',
      '--store',
      'scenes.store',
      '--method',
      method,
      '--epochs',
      '20',
      '--out',
      'kinds.safetensors',
    )
    expect([trained.code, trained.stderr]).toEqual([0, ''])
    expect(last(trained)).toMatchObject({ out: 'kinds.safetensors', classes: 2, top1: 1 })
    const evaluated = await dinokit('eval', 'classify', '--store', 'scenes.store', '--head', 'kinds.safetensors', '--split', 'val')
    expect(last(evaluated)).toMatchObject({ split: 'val', trainedOn: 0, top1: 1, balancedAccuracy: 1, classes: ['blue', 'red'] })
    const asked = await dinokit('classify', 'scenes/red/01.png', '--head', 'kinds.safetensors', '--size', `${SIDE}x${SIDE}`)
    expect(last(asked)).toMatchObject([{ name: 'red' }, { name: 'blue' }])
  })

  test('says how many of the rows of eval trained the head, in a store of another name too', async () => {
    await dinokit('train', 'classify', '--store', 'scenes.store', '--method', 'logistic', '--out', 'fitted.safetensors')
    await cp(join(folder, 'scenes.store'), join(folder, 'copy.store'), { recursive: true })
    const evaluate = (...args: string[]): Promise<CommandRun> =>
      runDinokit(['eval', 'classify', '--store', 'copy.store', '--head', 'fitted.safetensors', ...args], { cwd: folder })
    expect((await evaluate()).stdout).toMatch(
      /top-1 100\.0 %.* of 24 rows, 17 of which trained it: .*card: top1 100\.0 % on the validation rows/,
    )
    expect((await evaluate('--split', 'train')).stdout).toMatch(/of 17 rows, all of which trained it/)
    const inspected = await runDinokit(['inspect', 'fitted.safetensors'], { cwd: folder })
    expect(inspected.stdout).toMatch(
      /^fitted\.safetensors: a head for classification, [\d.]+ kB\n(.*\n)*  classes  2: blue, red\n  trained  on 17 images\n/,
    )
    expect(last(await dinokit('inspect', 'fitted.safetensors'))).toMatchObject({ kind: 'head', description: { trainedOn: { rows: 17 } } })
    const fair = await evaluate('--split', 'val')
    expect([fair.code, fair.stdout]).toEqual([0, expect.not.stringContaining('trained it')])
    // With --patience the rows that are held back are not fitted to at last.
    const patient = ['--split', 'train', '--validation', '0.3', '--method', 'mlp', '--epochs', '3', '--patience', '2']
    const { train } = last(await dinokit('train', 'classify', '--store', 'scenes.store', ...patient, '--out', 'fitted.safetensors')) as {
      train: number
    }
    expect(last(await evaluate('--json'))).toMatchObject({ rows: 24, trainedOn: train })
  })

  test('trains on mirrored images, and never evaluates on them', async () => {
    const args = ['--store', 'scenes.store', '--method', 'logistic', '--flip', '--out', 'both.safetensors']
    const trained = await dinokit('train', 'classify', ...args)
    expect([trained.code, last(trained)]).toMatchObject([0, { train: 17, validation: 7, top1: 1 }])
    expect((await scenes.readDescription('both.safetensors')).card).toMatchObject({ flip: true, splits: { train: 17, validation: 7 } })
  })

  test('chooses by folds without a validation split, and fits what is best to all', async () => {
    await dinokit('index', 'scenes', '--store', 'whole.store', '--labels-from-folders', '--size', `${SIDE}x${SIDE}`)
    const train = async (...args: string[]): Promise<CommandRun> =>
      dinokit('train', 'classify', '--store', 'whole.store', '--epochs', '3', '--out', 'folded.safetensors', ...args)
    for (const [method, ...args] of [
      ['sweep', '--folds', '3'],
      ['mlp', '--hidden', '8', '--folds', '2'],
    ] as const) {
      const run = await train('--method', method, ...args)
      expect([run.code, failures(run)]).toEqual([0, []])
      const folds = Number(args.at(-1))
      expect(last(run)).toMatchObject({ method, train: 24, folds })
      expect(last(run)).not.toHaveProperty('validation')
      const { top1 } = last(run) as { top1: number }
      // Every image is evaluated once.
      expect(top1 * 24).toBeCloseTo(Math.round(top1 * 24), 9)
      const { card } = await scenes.readDescription('folded.safetensors')
      expect(card).toMatchObject({ method, splits: { train: 24, folds }, measured: expect.stringContaining(`${folds}-fold`) })
      expect((card!.metrics as { top1: number }).top1).toBeCloseTo(top1, 4)
    }
    expect(last(await train('--validation', '0.25'))).toMatchObject({ method: 'sweep', train: 18, validation: 6 })
    for (const args of [
      ['--folds', '1'],
      ['--folds', '3', '--validation', '0.2'],
      ['--folds', '3', '--patience', '2'],
      ['--method', 'logistic', '--plot', 'a.png'],
      ['--plot', 'a.jpg'],
      ['--hidden', '8'],
    ])
      expect((await train(...args)).code, args.join(' ')).toBe(2)
  })

  test('stops early, keeps the best, and draws the curve', async () => {
    const args = ['--store', 'scenes.store', '--method', 'sweep', '--epochs', '60', '--patience', '3', '--plot', 'sweep.png']
    const run = await dinokit('train', 'classify', ...args, '--out', 'early.safetensors', '--split', 'train', '--validation', '0.3')
    expect([run.code, failures(run)]).toEqual([0, []])
    const { epoch, epochs, top1 } = last(run) as { epoch: number; epochs: number; top1: number }
    expect([epoch >= 1, epoch <= epochs, epochs <= 60, top1]).toEqual([true, true, true, 1])
    if (epochs < 60) expect(epochs - epoch).toBe(3)
    const { format, height } = await sharp(join(folder, 'sweep.png')).metadata()
    // Three curves, one below the other.
    expect([format, height > 3 * 220]).toEqual(['png', true])
  })

  test('rejects non-finite rows, naming the row, and reports divergence for huge tokens', async () => {
    /** Spoils the first image of each class that is trained on. */
    const spoil = async (store: string, value: number): Promise<string[]> => {
      await cp(join(folder, 'scenes.store'), join(folder, store), { recursive: true })
      await using opened = await openLanceStore(join(folder, store))
      const first = new Map<string, { readonly id: string; readonly token: Float32Array }>()
      for await (const { rows, tensors } of opened.iterate({ split: 'train', batch: 1, tensors: ['cls'] })) {
        const { id, label } = rows[0]!
        if (!first.has(label!)) first.set(label!, { id, token: tensors.cls!.data })
      }
      for (const { token } of first.values()) await overwrite(join(folder, store), token, new Float32Array(token.length).fill(value))
      return Array.from(first.values(), ({ id }) => id)
    }
    const ids = await spoil('spoilt.store', NaN)
    const run = await dinokit('train', 'classify', '--store', 'spoilt.store', '--out', 'never.safetensors')
    expect(failures(run)).toEqual([['spoilt.store', 'tensor-invalid']])
    expect(ids.map((id) => `${id} has NaN in cls`).filter((text) => run.stdout.includes(text))).toHaveLength(1)
    // The same vector can’t be of both classes.
    await spoil('huge.store', 1e38)
    for (const method of ['sweep', 'mlp'])
      expect(failures(await dinokit('train', 'classify', '--store', 'huge.store', '--method', method, '--layers', '12')).at(-1)).toEqual([
        'huge.store',
        'training-diverged',
      ])
    await expect(stat(join(folder, 'never.safetensors'))).rejects.toThrow()
  })

  test('leaves what was there, and nothing half-written, when a training is interrupted', async () => {
    await writeFile(join(folder, 'kept.safetensors'), 'an earlier head')
    const index = ['--store', 'some.store', '--size', `${SIDE}x${SIDE}`]
    await dinokit('index', 'scenes', ...index, '--labels-from-folders')
    await dinokit('index', 'maps/red', ...index)
    const before = await readdir(folder)
    const args = ['train', 'classify', '--store', 'some.store', '--epochs', '1000000', '--out', 'kept.safetensors', '--json']
    // That some rows have no label is said before the training begins.
    const run = await spawnDinokit(args, { cwd: folder, interruptAfter: (text) => text.includes('label-invalid') })
    expect([run.code, run.stderr]).toEqual([130, 'interrupted\n'])
    expect(await readdir(folder)).toEqual(before)
    expect(await readFile(join(folder, 'kept.safetensors'), 'utf8')).toBe('an earlier head')
  })

  test('rejects what can’t be trained on, with its code', async () => {
    await dinokit('index', 'scenes/red', '--store', 'one.store', '--labels', await labels('red'), '--size', `${SIDE}x${SIDE}`)
    const train = async (store: string, ...args: string[]): Promise<string[][]> =>
      failures(await dinokit('train', 'classify', '--store', store, ...args))
    expect(await train('one.store')).toEqual([['one.store', 'label-invalid']])
    expect(await train('scenes.store', '--split', 'nobody')).toEqual([['scenes.store', 'label-invalid']])
    expect(await train('scenes.store', '--layers', '3')).toEqual([['scenes.store', 'tensor-missing']])
    await dinokit('index', 'scenes', '--store', 'bare.store', '--size', `${SIDE}x${SIDE}`)
    expect(await train('bare.store')).toEqual([['bare.store', 'label-invalid']])
    for (const args of [
      ['--validation', '1.5'],
      ['--split', 'train', '--validation', 'train'],
      ['--method', 'guess'],
    ])
      expect((await dinokit('train', 'classify', '--store', 'scenes.store', ...args)).code, args.join(' ')).toBe(2)
  })

  test('cross-validates the training rows and says so where the validation split lacks a class', async () => {
    await dinokit('index', 'scenes', '--store', 'lacking.store', '--labels', await labels('both'), '--size', `${SIDE}x${SIDE}`)
    const args = ['train', 'classify', '--store', 'lacking.store', '--out', 'lacking.safetensors']
    const note = expect.stringMatching(/^The split val has no image of blue\. The 15 rows .* cross-validated instead\.$/)
    expect(last(await dinokit(...args))).toMatchObject({ method: 'logistic', train: 15, folds: 5, note })
    expect((await scenes.readDescription('lacking.safetensors')).card).toMatchObject({ measured: expect.stringContaining('5-fold') })
    const quick = ['--method', 'sweep', '--epochs', '1']
    const told = await runDinokit([...args, ...quick, '--validation', 'val'], { cwd: folder })
    expect([told.code, told.stderr]).toEqual([0, expect.stringContaining('no image of blue')])
    // Epochs can't be chosen by folds.
    const patient = await dinokit(...args, '--patience', '2', '--epochs', '4')
    expect(last(patient)).toMatchObject({ train: 12, validation: 3, note: expect.stringContaining('20 % of the rows') })
  })

  test('accepts a class that only the validation split has', async () => {
    await dinokit('index', 'scenes', '--store', 'more.store', '--labels', await labels('more'), '--size', `${SIDE}x${SIDE}`)
    const quick = ['--method', 'sweep', '--epochs', '1', '--folds', '3']
    const run = await dinokit('train', 'classify', '--store', 'more.store', '--out', 'more.safetensors', ...quick)
    expect([run.code, last(run)]).toMatchObject([0, { classes: 2, train: 12, folds: 3, note: expect.stringContaining('images of green') }])
  })

  async function labels(kind: 'red' | 'both' | 'more'): Promise<string> {
    const lines = Array.from({ length: 24 }, (_, number) => {
      const of = number % 2 ? 'red' : 'blue'
      if (kind === 'red') return of === 'red' ? `scenes/red/${String(number).padStart(2, '0')}.png,red,train` : ''
      const path = `scenes/${of}/${String(number).padStart(2, '0')}.png`
      if (kind === 'more') return `${path},${number === 23 ? 'green' : of},${number > 11 ? 'val' : 'train'}`
      return `${path},${of},${of === 'red' && number > 6 ? 'val' : 'train'}`
    })
    await writeFile(join(folder, `${kind}.csv`), ['path,label,split', ...lines.filter(Boolean)].join('\n'))
    return `${kind}.csv`
  }
})

describe('the training of dense heads', () => {
  test.each(['linear', 'convolution'])('trains %s for segmentation, which segment and eval use', async (network) => {
    const trained = await dinokit(...SEGMENT, '--network', network, '--hidden', '16', '--epochs', '12', '--out', 'seg.safetensors')
    expect([trained.code, failures(trained)]).toEqual([0, []])
    const { pixelAccuracy, miou, losses } = last(trained) as { pixelAccuracy: number; miou: number; losses: number[] }
    expect([pixelAccuracy > 0.85, miou > 0.7, losses.length]).toEqual([true, true, 12])
    const evaluated = await dinokit(
      'eval',
      'segment',
      '--store',
      'scenes.store',
      '--annotations',
      'maps',
      '--head',
      'seg.safetensors',
      '--split',
      'val',
    )
    const { pixelAccuracy: again, miou: also } = last(evaluated) as { pixelAccuracy: number; miou: number }
    expect([again, also]).toEqual([pixelAccuracy, miou])
    const asked = await dinokit('segment', 'scenes/red/05.png', '--head', 'seg.safetensors')
    expect(last(asked)).toMatchObject({ width: SIDE, height: SIDE })
    await expect(stat(join(folder, 'seg.safetensors.training'))).rejects.toThrow()
    const { card, input } = await scenes.readDescription('seg.safetensors')
    expect(input).toMatchObject({ layers: [11, 12], size: { width: SIDE, height: SIDE } })
    expect(Object.keys(card!).sort()).toEqual(
      ['command', 'data', 'epochs', 'ignore', 'learningRate', 'measured', 'metrics', 'network', 'seed', 'splits'].sort(),
    )
  })

  test('trains depth by its logarithm, from millimeters', async () => {
    const args = ['--store', 'scenes.store', '--annotations', 'depths']
    const trained = await dinokit(
      ...[
        'train',
        'depth',
        ...args,
        '--prediction',
        'log',
        '--epochs',
        '25',
        '--batch',
        '4',
        '--learning-rate',
        '0.02',
        '--out',
        'far.safetensors',
      ],
    )
    expect([trained.code, failures(trained)]).toEqual([0, []])
    expect((last(trained) as { absRel: number }).absRel).toBeLessThan(0.3)
    const evaluated = last(await dinokit('eval', 'depth', ...args, '--head', 'far.safetensors', '--split', 'val')) as Record<string, number>
    expect(Object.keys(evaluated).sort()).toEqual(['absRel', 'delta1', 'rmse', 'rows', 'split', 'trainedOn'])
    const asked = last(await dinokit('depth', 'scenes/red/05.png', '--head', 'far.safetensors')) as { min: number; max: number }
    expect([asked.min > 1, asked.max < 4.5]).toEqual([true, true])
  })

  test('keeps a state with what it is of', async () => {
    const path = join(folder, 'kept')
    const state = { steps: 3, tensors: { a: { dtype: 'float32' as const, data: Float32Array.of(1, 2), shape: [2] } } }
    const metrics = { pixelAccuracy: 0.5, miou: 0.4, iou: [0.4, undefined] }
    const watched = {
      stages: [{ epoch: 1, loss: 2, metrics }],
      tensors: { b: { dtype: 'float32' as const, data: Float32Array.of(3), shape: [1] } },
    }
    for (const saved of [
      { state, watched },
      { state, watched: { stages: [] } },
    ]) {
      await trainingCheckpoint(path, { seed: 1 }).save(saved)
      expect(await trainingCheckpoint(path, { seed: 1 }).load()).toEqual(saved)
    }
    await expect(trainingCheckpoint(path, { seed: 2 }).load()).rejects.toMatchObject({ code: 'invalid-option' })
    await trainingCheckpoint(path).remove()
    await expect(trainingCheckpoint(path, { seed: 1 }).load()).rejects.toSatisfy((error) => DinokitError.is(error, 'file-not-found'))
  })

  test('annotations without an image, and images without one, are a line each, and no failure', async () => {
    await cp(join(folder, 'maps'), join(folder, 'most'), { recursive: true })
    for (let number = 100; number < 250; number++) await scenes.writeGray(`most/other/${number}.png`, new Uint8Array(4), 2)
    for (const name of ['red/01', 'blue/02', 'blue/04']) await rm(join(folder, 'most', `${name}.png`))
    const args = ['--store', 'scenes.store', '--annotations', 'most']
    const training = ['train', 'segment', ...args, '--split', 'train', '--validation', '0.2', '--epochs', '1', '--out', 'most.safetensors']
    const trained = await runDinokit(training, { cwd: folder })
    const unused = /^150 of 171 annotations belong to no image of scenes\.store, such as most.other.100\.png\.$/m
    expect([trained.code, trained.stderr]).toEqual([0, expect.stringMatching(unused)])
    expect(trained.stderr).not.toContain('failed')
    const evaluated = await dinokit('eval', 'segment', ...args, '--head', 'most.safetensors')
    expect([evaluated.code, last(evaluated)]).toMatchObject([0, { rows: 21, annotationsWithoutImage: 150, imagesWithoutAnnotation: 3 }])
    const told = await runDinokit(['eval', 'segment', ...args, '--head', 'most.safetensors'], { cwd: folder })
    expect(told.stderr).toMatch(/^3 of 24 images have no annotation and are left out\.$/m)
  })

  test('annotations that can’t be used are named and left out; what is left is trained on', async () => {
    for (let number = 0; number < 24; number++) {
      const [kind, name] = [number % 2 ? 'red' : 'blue', String(number).padStart(2, '0')]
      const fill = number === 2 ? 255 : number === 4 ? 7 : number === 8 ? 0 : 1
      const width = number === 6 ? 40 : SIDE
      if (number !== 10) await scenes.writeGray(`odd/${kind}/${name}.png`, new Uint8Array(width * SIDE).fill(fill), width)
    }
    await scenes.writeGray('odd/blue/gone.png', new Uint8Array(4), 2)
    await writeFile(join(folder, 'two.txt'), 'wall\nthing\n')
    const run = await dinokit(
      'train',
      'segment',
      '--store',
      'scenes.store',
      '--annotations',
      'odd',
      '--classes',
      'two.txt',
      '--validation',
      '0.2',
      '--epochs',
      '1',
    )
    expect(run.code).toBe(1)
    const named = failures(run)
    const odd = ['02', '04', '06'].map((name) => [`scenes/blue/${name}.png`, 'label-invalid'])
    expect(odd.filter((wanted) => named.some((found) => found.join() === wanted.join())).length).toBe(named.length)
    expect(named.length).toBeGreaterThan(1)
    expect(last(run)).toMatchObject({ annotationsWithoutImage: 1 })
    await mkdir(join(folder, 'empty'))
    const nothing = await dinokit('train', 'segment', '--store', 'scenes.store', '--annotations', 'empty')
    expect(failures(nothing).at(-1)).toEqual(['scenes.store', 'label-invalid'])
  })

  test('rejects one class, a rate that diverges, a store without patches, a head of another model or task, each by its code', async () => {
    for (const kind of ['red', 'blue'])
      for (let number = 0; number < 24; number++)
        await scenes.writeGray(`same/${kind}/${String(number).padStart(2, '0')}.png`, new Uint8Array(SIDE * SIDE).fill(3))
    const train = async (...args: string[]): Promise<string[] | undefined> => failures(await dinokit('train', 'segment', ...args)).at(-1)
    expect(await train('--store', 'scenes.store', '--annotations', 'same')).toEqual(['scenes.store', 'label-invalid'])
    expect(await train(...SEGMENT.slice(2, -1), '1e38')).toEqual(['scenes.store', 'training-diverged'])
    await dinokit('index', 'scenes', '--store', 'plain.store', '--size', `${SIDE}x${SIDE}`)
    for (const wanted of ['tokens', 'attention'])
      expect(await train('--store', 'plain.store', '--annotations', 'maps', '--input', wanted)).toEqual(['plain.store', 'tensor-missing'])

    await dinokit(...SEGMENT, '--epochs', '1', '--out', 'own.safetensors')
    const bytes = (await readFile(join(folder, 'own.safetensors'))).toString('latin1')
    const [, digest] = /"weights\\":\\"([0-9a-f]+)/.exec(bytes)!
    await writeFile(join(folder, 'other.safetensors'), bytes.replaceAll(digest!, 'f'.repeat(digest!.length)), 'latin1')
    const evaluate = async (head: string, task = 'segment'): Promise<string[] | undefined> =>
      failures(
        await dinokit('eval', task, '--store', 'scenes.store', '--head', head, ...(task === 'classify' ? [] : ['--annotations', 'maps'])),
      ).at(-1)
    expect(await evaluate('other.safetensors')).toEqual(['other.safetensors', 'fingerprint-mismatch'])
    expect(await evaluate('own.safetensors', 'depth')).toEqual(['own.safetensors', 'checkpoint-invalid'])
    expect(await evaluate('own.safetensors', 'classify')).toEqual(['own.safetensors', 'checkpoint-invalid'])
    expect(await evaluate('own.safetensors')).toBeUndefined()
  })
})
