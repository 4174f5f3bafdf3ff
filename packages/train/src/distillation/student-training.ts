import { preprocess, type ImageReader, type ModelCard } from '@dinokit/core'
import type { TrainerState } from '../step/create-trainer.ts'
import { STUDENT_PREFIX, withoutPrefix } from '../step/prefixed.ts'
import type { RunTrainingOptions } from '../step/run-training.ts'
import { cosineSchedule, warmUp } from '../step/schedules.ts'
import type { Student } from './student.ts'

/** Numbers of a recipe that say how fast a student learns. */
export interface StudentRates {
  readonly learningRate: number
  /** Share of the run in which the learning rate rises. */
  readonly warmUp: number
  readonly weightDecay: number
}

/**
 * Rates of a run: a rise from a tenth, then half a cosine to 0.
 *
 * @param recipe - of the training
 */
export function studentRates({ learningRate, warmUp: rise, weightDecay }: StudentRates): RunTrainingOptions['rates'] {
  const schedule = rise > 0 ? warmUp(cosineSchedule(learningRate, 0, 1 - rise), rise, 0.1) : cosineSchedule(learningRate, 0, 1)
  return (share) => ({ learningRate: schedule(share), weightDecay })
}

/**
 * The student that a trainer's state holds; what is not trained stays as it was.
 *
 * @param student - at the beginning
 * @param state - of the trainer, whose names begin with {@link STUDENT_PREFIX}
 */
export function trainedStudent(student: Student, state: TrainerState): Student {
  const found = Object.entries(withoutPrefix(STUDENT_PREFIX, state.tensors)).filter(([name]) => name in student.tensors)
  return { ...student, tensors: { ...student.tensors, ...Object.fromEntries(found) } }
}

/**
 * Makes a runtime whose images are what a network is given of them: resized, and the center.
 *
 * @param runtime - decodes images
 * @param card - of the network
 * @param size - side of the input in pixels
 */
export function withNetworkInput<Source>(
  runtime: ImageReader<Source>,
  { preprocessing, architecture: { patch } }: ModelCard,
  size: number,
): ImageReader<Source> {
  return {
    decodeImage: async (source, options) => preprocess(await runtime.decodeImage(source, options), { preprocessing, patch, size }).pixels,
  }
}
