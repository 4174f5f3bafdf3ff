// Trains a small network on labels alone, as `dinokit distill` trains one on a teacher's tokens: the same random start, crops,
// optimizer and nearest neighbors, so that what the teacher adds can be seen. One line of JSON for every so many steps.
//
//   npx tsx examples/train-on-labels/main.ts --student 6x128 --train FOLDER --test FOLDER --minutes 20 --out model.safetensors
import { safetensorsChunks } from '@dinokit/checkpoint'
import { modelCardText } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { DISTILL_DEFAULTS, scaledVitCard, studentFromCard, type LabeledImage } from '@dinokit/train'
import { CARD_KEY } from '@dinokit/vit'
import { createRuntime, findModelCard } from 'dinokit'
import { readdir } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { parseArgs } from 'node:util'
import { trainOnLabels, type LabelScore } from './train-on-labels.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    ...{ student: text, like: text, train: text, test: text, out: text, minutes: text, 'evaluate-minutes': text },
    ...{ size: text, batch: text, 'learning-rate': text, 'weight-decay': text, seed: text },
  },
})
const numberOf = (name: keyof typeof values, otherwise: number): number => (values[name] === undefined ? otherwise : Number(values[name]))
// Patches, positions and preprocessing are those of `like`: of the teacher that a student is compared by.
const { student: said = '6x128', like = 'tiny', train, test, out } = values
const [, depth, dim] = /^(\d+)x(\d+)$/.exec(said) ?? []
const [minutes, evaluateMinutes] = [numberOf('minutes', NaN), numberOf('evaluate-minutes', 5)]
const recipe = {
  size: numberOf('size', DISTILL_DEFAULTS.size),
  batch: numberOf('batch', DISTILL_DEFAULTS.batch),
  learningRate: numberOf('learning-rate', DISTILL_DEFAULTS.learningRate),
  weightDecay: numberOf('weight-decay', DISTILL_DEFAULTS.weightDecay),
  seed: numberOf('seed', DISTILL_DEFAULTS.seed),
}
if (!depth || !train || !test || !out || [minutes, evaluateMinutes, ...Object.values(recipe)].some(Number.isNaN)) {
  console.error('Expected --train FOLDER --test FOLDER --minutes N --out FILE.safetensors, and numbers where numbers belong.')
  process.exit(2)
}

/** The images of a folder of folders, one for each class. */
async function labeledFolder(folder: string): Promise<LabeledImage<string>[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({ source: `${parentPath}/${name}`, label: basename(parentPath) }))
  return files.sort((a, b) => (a.source < b.source ? -1 : 1))
}

const say = (entry: object): void => console.log(JSON.stringify(entry))
/** Steps that one line tells of. */
const STEPS_PER_LINE = 10
const splits = { train: await labeledFolder(train), test: await labeledFolder(test) }
const start = studentFromCard(scaledVitCard(findModelCard(like), Number(depth), Number(dim)), recipe.seed)
const scores: (LabelScore & { readonly seconds: number })[] = []
let losses: number[] = []
let [seconds, since] = [0, 0]
const { student, steps } = await trainOnLabels<string>(createRuntime(), start, splits, {
  ...recipe,
  minutes,
  evaluateMinutes,
  onStep({ step, loss, rates, seconds: now, share }) {
    seconds = now
    losses.push(loss)
    if (step % STEPS_PER_LINE > 0 && share < 1) return
    const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length
    say({
      step,
      seconds,
      loss: mean,
      learningRate: rates.learningRate,
      imagesPerSecond: (losses.length * recipe.batch) / (seconds - since),
    })
    losses = []
    since = seconds
  },
  onScore(score) {
    scores.push({ ...score, seconds })
    say({ ...score, seconds, images: score.step * recipe.batch })
  },
  onSkipped: ({ source }, { message }) => console.error(`${source}: ${message}`),
})
const card = {
  ...student.card,
  id: basename(out, extname(out)),
  origin: 'trained on labels by examples/train-on-labels',
  training: {
    by: 'examples/train-on-labels',
    data: { train: splits.train.length, test: splits.test.length },
    recipe: { ...DISTILL_DEFAULTS, ...recipe },
    minutes,
    metrics: { steps, seconds, scores },
  },
}
await writeFileAtomic(out, safetensorsChunks(student.tensors, { [CARD_KEY]: modelCardText(card) }))
