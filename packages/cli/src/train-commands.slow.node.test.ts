import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { spawnDinokit } from './testing/run-dinokit.ts'
import { createScenes, failures, last, SEGMENT, SIDE } from './testing/train-scenes.ts'

const scenes = await createScenes()
const { folder, dinokit } = scenes
afterAll(() => rm(folder, { recursive: true }))

describe('the training of dense heads', () => {
  test.each([
    ['segment', 'maps', 'pixelAccuracy', ['--heads', '12.2,11.1,12.3']],
    ['depth', 'depths', 'delta1', []],
  ])('trains %s on attention, of mirrored images too, which the command and eval use', async (task, annotations, metric, heads) => {
    const args = ['--store', 'scenes.store', '--annotations', annotations]
    const recipe = ['--network', 'convolution', '--hidden', '16', '--epochs', '8', '--batch', '4', '--learning-rate', '0.01']
    const trained = await dinokit(
      'train',
      task,
      ...args,
      '--input',
      'attention',
      ...heads,
      '--flip',
      ...recipe,
      '--out',
      'seen.safetensors',
    )
    expect([trained.code, failures(trained)]).toEqual([0, []])
    const said = last(trained) as Record<string, number>
    expect([said.layers, said[metric]! > 0.6]).toEqual([[11, 12], true])
    const chosen = [
      [11, 1],
      [12, 2],
      [12, 3],
    ]
    expect((await scenes.readDescription('seen.safetensors')).input!.heads).toEqual(heads.length > 0 ? chosen : undefined)
    const evaluated = last(await dinokit('eval', task, ...args, '--head', 'seen.safetensors', '--split', 'val')) as Record<string, number>
    expect(evaluated[metric]).toBe(said[metric])
    const asked = await dinokit(task, 'scenes/red/05.png', '--head', 'seen.safetensors')
    expect([asked.code, last(asked)]).toMatchObject([0, { width: SIDE, height: SIDE }])
    const bare = ['--input', 'attention', '--layers', '3']
    expect(failures(await dinokit('train', task, ...args, ...bare))).toEqual([['scenes.store', 'tensor-missing']])
  })

  test('stops early, keeps the best, and draws the curve', async () => {
    const common = ['--store', 'scenes.store', '--annotations', 'maps']
    const options = ['--batch', '4', '--learning-rate', '0.05', '--epochs', '30', '--patience', '2', '--plot', 'segment.png']
    const trained = await dinokit('train', 'segment', ...common, ...options, '--out', 'early.safetensors')
    expect([trained.code, failures(trained)]).toEqual([0, []])
    const { losses, epoch, ...metrics } = last(trained) as Record<string, number> & { losses: number[] }
    const epochs = trained.lines<{ epoch: number; loss: number }>().slice(0, -1)
    // What is said of an epoch is its mean.
    expect(epochs.map(({ output }) => output!.loss)).toEqual(losses)
    if (losses.length < 30) expect(losses.length - epoch!).toBe(2)
    const evaluated = await dinokit('eval', 'segment', ...common, '--head', 'early.safetensors', '--split', 'val')
    expect((last(evaluated) as Record<string, number>).miou).toBe(metrics.miou)
    expect((await scenes.readDescription('early.safetensors')).card).toMatchObject({ epochs: epoch })
    expect(await sharp(join(folder, 'segment.png')).metadata()).toMatchObject({ format: 'png' })
  })

  test('goes on with the same bits where a training stood; not with another one', async () => {
    const watch = ['--patience', '6', '--plot', 'resumed.png']
    const args = [...SEGMENT, '--hidden', '16', '--epochs', '4', ...watch, '--json']
    const whole = await dinokit(...args, '--out', 'whole.safetensors', '--name', 'same')
    expect(whole.code).toBe(0)
    const resumed = ['--out', 'parts.safetensors', '--name', 'same']
    const stopped = await spawnDinokit([...args, ...resumed], { cwd: folder, interruptAfter: (text) => text.includes('"epoch":2') })
    expect(stopped.code).toBe(130)
    expect((await dinokit(...args, ...resumed, '--seed', '5', '--resume')).code).toBe(2)
    const ended = await dinokit(...args, ...resumed, '--resume', '--cache-mb', '0')
    expect([ended.code, ended.lines<{ epoch?: number }>()[0]!.output!.epoch! > 1]).toEqual([0, true])
    const { losses, out, ...metrics } = last(ended) as Record<string, unknown>
    expect([Array.isArray(losses), out]).toEqual([true, 'parts.safetensors'])
    expect(last(whole)).toMatchObject(metrics)
  })
})
