import type { DenoiseRecipe } from '@dinokit/train'
import type { Command } from 'commander'

/** Numbers of `--denoise` alone. */
export const DENOISE_NUMBERS = [
  'windows',
  'targetWindow',
  'targetWindows',
  'targetPadding',
  'patchDropout',
  'cornerMasking',
  'attention',
  'registersFirst',
  'classLayers',
] as const satisfies (keyof DenoiseRecipe)[]

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Model and data:': [
    'teacher',
    'teacherPrecision',
    'student',
    'fromTeacherLayers',
    'studentFromTeacher',
    'registers',
    'card',
    'weights',
    'output',
    'data',
    'store',
    'out',
  ],
  'Run:': ['run', 'resume', 'steps', 'maxMinutes', 'saveMinutes', 'seed', 'device', 'threads'],
  'k-NN evaluation:': ['knnTrain', 'knnTest', 'evalEveryMinutes'],
  'Denoising:': DENOISE_NUMBERS,
  'Training:': ['preset', 'loss', 'denoise', 'size', 'globalSize', 'batch', 'accumulate', 'learningRate', 'weightDecay', 'clip'],
}

/**
 * Groups the options of a training in its help: model and data, the run, evaluation, training, and the recipe of self-supervision.
 *
 * @returns the command
 */
export function groupOptions(command: Command): Command {
  for (const option of command.options) {
    const name = option.attributeName()
    const [group = 'Self-supervision:'] = Object.entries(GROUPS).find(([, names]) => names.includes(name)) ?? []
    option.helpGroup(group)
  }
  return command
}
