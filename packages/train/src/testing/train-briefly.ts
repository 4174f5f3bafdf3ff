import type { ImageReader } from '@dinokit/core'
import type { SessionMaker } from '../step/create-trainer.ts'
import { distill } from '../distillation/distill.ts'
import { pretrain } from '../self-supervision/pretrain.ts'
import { studentFromCard } from '../distillation/student.ts'
import { randomBackbone } from './random-backbone.ts'
import { smallCard } from './small-card.ts'

/** Losses of both trainings, step by step. */
export interface BriefLosses {
  readonly distilled: readonly number[]
  readonly pretrained: readonly number[]
}

/** A distillation and a training without labels, of a few steps each. */
export async function trainBriefly<Source>(runtime: ImageReader<Source> & SessionMaker, sources: readonly Source[]): Promise<BriefLosses> {
  const teacher = await randomBackbone(smallCard(56, { dim: 48, heads: 3 }), 3)
  const student = studentFromCard(smallCard(56, {}), 1)
  const losses = { distilled: [] as number[], pretrained: [] as number[] }
  const sizes = { globalSize: 56, localSize: 28, locals: 2, batch: 4, prototypes: 32, hidden: 48, bottleneck: 16 }
  await distill(runtime, { teacher, student }, sources, {
    ...{ size: 56, batch: 4, steps: 6, learningRate: 5e-3 },
    onStep: ({ loss }) => void losses.distilled.push(loss),
  })
  await pretrain(runtime, student, sources, { ...sizes, steps: 4, onStep: ({ loss }) => void losses.pretrained.push(loss) })
  await teacher.close()
  return losses
}
