import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TYPESCRIPT } from '@dinokit/testing/typescript'

const TRAIN_HEADS = fileURLToPath(new URL('../../../examples/train-heads/main.ts', import.meta.url))

/**
 * Trains depth and segmentation heads on NYUv2 by the recipe of the shipped ones, and gives their figures on the validation split.
 *
 * @param model - id or file
 */
export function headFigures(model: string): Record<string, number> {
  const names = ['depth-convolution', 'segmentation-convolution']
  const run = spawnSync(process.execPath, [...TYPESCRIPT, TRAIN_HEADS, ...names, '--model', model], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (run.status !== 0) throw new Error(`${TRAIN_HEADS} failed.`)
  const [depth, segmentation] = names.map((name) => {
    const [, metrics] = new RegExp(`^${name}: \\d+ KiB, (.*)$`, 'm').exec(run.stdout) ?? []
    return JSON.parse(metrics!) as Record<string, number>
  }) as [Record<string, number>, Record<string, number>]
  return { delta1: depth.delta1!, absRel: depth.absRel!, miou: segmentation.miou! }
}
