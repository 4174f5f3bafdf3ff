import { fingerprintOf, type Backbone } from '@dinokit/core'
import {
  assertDenoising,
  denoise,
  DENOISE_DEFAULTS,
  distill,
  distillByDino,
  DISTILL_BY_DINO_DEFAULTS,
  DISTILL_DEFAULTS,
  studentFromBackbone,
  studentFromLayers,
  withRegisters,
  type DenoiseRecipe,
  type CropTrainingOptions,
  type DistillRecipe,
  type DistillResult,
  type PretrainRecipe,
  type Student,
} from '@dinokit/train'
import { inPrecision } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { extname } from 'node:path'
import { commandRuntime } from '../input/command-runtime.ts'
import { cardFields } from '../options/card-options.ts'
import type { DistillOptions } from '../options/distill-options.ts'
import { recipeBy } from '../options/recipe-options.ts'
import type { CommandContext } from '../output/command-context.ts'
import { cacheTargets } from './teachers/cache-targets.ts'
import { cacheTeacher } from './teachers/cache-teacher.ts'
import { findStudent, trainable } from './find-student.ts'
import { trainInFolder, type FolderTraining } from './train-in-folder.ts'
import { trainingImages } from './training-images.ts'

/**
 * Trains a student on the tokens of a teacher, in a folder that keeps the run.
 *
 * @param context - of the command
 * @param options - of the command
 * @throws DinokitError those of models, of `distill` and of `distillByDino`
 */
export async function runDistill({ output, signal }: CommandContext, options: DistillOptions): Promise<void> {
  const { loss, student, fromTeacherLayers, seed, teacherPrecision } = options
  const images = await trainingImages(options.data, output)
  const loading = { signal, onProgress: output.onProgress }
  const teacher = await loadBackbone(commandRuntime(options), options.teacher, { ...loading, ...cardFields(options) })
  try {
    const asked = teacherPrecision === 'float32' ? teacher : inPrecision(trainable(teacher), { precision: 'int8-weights' })
    const found = options.studentFromTeacher
      ? await studentFromBackbone(trainable(teacher))
      : fromTeacherLayers
        ? await studentFromLayers(trainable(teacher), fromTeacherLayers)
        : await findStudent(teacher.card, { student: student!, seed }, loading)
    const start = options.registers === undefined ? found : withRegisters(found, options.registers, seed)
    const way =
      loss === 'dino' ? byDino(options) : options.denoise ? byWindows(options, { output, signal }) : byTokens(options, { output, signal })
    const crops = options.denoise ? 'windows' : options.store === undefined ? 'random' : 'fixed'
    await trainInFolder({ output, signal }, options, {
      kind: 'distillation',
      by: 'dinokit distill',
      start,
      from: fromTeacherLayers ?? student ?? 'teacher',
      images,
      recipe: way.recipe,
      about: { teacher: fingerprintOf(asked), loss, crops },
      described: { teacher: { model: teacher.card.id, weights: teacher.digest, precision: asked.precision }, loss, crops },
      origin: `taught by dinokit distill ${way.what} ${teacher.card.id}: ${teacher.card.origin}`,
      async train(running) {
        const { student: trained, ...end } = await way.train(asked, start, images.sources, running)
        return { ...end, trained }
      },
    })
  } finally {
    await teacher.close()
  }
}

/** A loss’s recipe, and the training by it. */
interface Way {
  /** Words for the card, between the command and the teacher. */
  readonly what: string
  readonly recipe: FolderTraining['recipe']
  train(teacher: Backbone, start: Student, sources: readonly string[], running: CropTrainingOptions<string>): Promise<DistillResult>
}

function byTokens(options: DistillOptions, context: CommandContext): Way {
  const { store: location, data } = options
  const recipe = recipeBy<Required<DistillRecipe>>(DISTILL_DEFAULTS, options)
  const runtime = commandRuntime()
  return {
    what: 'the tokens of',
    recipe: recipeBy(recipe, location === undefined ? {} : { scale: [1, 1] }),
    async train(teacher, start, sources, running) {
      const { onSkipped } = running
      if (location === undefined) return distill(runtime, { teacher, student: start }, sources, { ...recipe, ...running })
      await using cache = await cacheTeacher(context, teacher, { location, size: recipe.size, data, ...(onSkipped && { onSkipped }) })
      return await distill(runtime, { teacher, student: start }, cache.sources, { ...recipe, ...running, cache })
    },
  }
}

function byWindows(options: DistillOptions, context: CommandContext): Way {
  const { store, data, out } = options
  const recipe = recipeBy<DenoiseRecipe>(DENOISE_DEFAULTS, options)
  return {
    what: 'the tokens, averaged over windows, of',
    recipe,
    async train(teacher, start, sources, running) {
      assertDenoising(recipe, teacher.card, start.card)
      const { onSkipped } = running
      const location = store ?? `${out.slice(0, -extname(out).length)}.targets`
      await using cache = await cacheTargets(context, teacher, { location, recipe, data, ...(onSkipped && { onSkipped }) })
      return await denoise(commandRuntime(), { teacher, student: start }, cache.sources, { ...recipe, ...running, cache })
    },
  }
}

function byDino({ size, learningRate, weightDecay, ...said }: DistillOptions): Way {
  const images = (said.batch ?? DISTILL_BY_DINO_DEFAULTS.batch) * (said.accumulate ?? 1)
  const recipe = recipeBy<PretrainRecipe>(DISTILL_BY_DINO_DEFAULTS, {
    ...said,
    ...(size !== undefined && { globalSize: size }),
    // Said as it is to be; the recipe’s is for 1024 images an update.
    ...(learningRate !== undefined && { learningRate: learningRate / Math.sqrt(images / 1024) }),
    ...(weightDecay !== undefined && { weightDecay: [weightDecay, weightDecay] }),
  })
  return {
    what: 'by DINO’s and iBOT’s losses, of',
    recipe,
    train: (teacher, start, sources, running) =>
      distillByDino(commandRuntime(), { teacher, student: start }, sources, { ...recipe, ...running }),
  }
}
