// How well the embedded model's tokens tell ten kinds of things apart: `npx tsx classify.ts`.
import { createRuntime, open } from 'dinokit'
import {
  classificationMetrics,
  classifyByNeighbors,
  crossValidate,
  fitLogistic,
  stratifiedFolds,
  sweepClassifiers,
  takeExamples,
  selectByOneStandardError,
  type ClassificationExamples,
  type FeatureChoice,
} from '@dinokit/train'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const SHARED = fileURLToPath(new URL('../../../shared/data/cls/', import.meta.url))
const LAYERS = [9, 10, 11, 12]

await using vision = await open({ layers: LAYERS, engine: { threads: 1 } })
const runtime = createRuntime({ engine: { threads: 1 } })

/** Embeds a folder of folders, one for each class. */
async function embed(folder: string): Promise<ClassificationExamples> {
  const classes = (await readdir(folder)).sort()
  const files = await Promise.all(
    classes.map(async (name) => (await readdir(`${folder}/${name}`)).sort().map((file) => `${folder}/${name}/${file}`)),
  )
  const labels = Int32Array.from(files.flatMap((of, index) => of.map(() => index)))
  const { dim } = vision.card.architecture
  const [cls, mean] = [new Float32Array(labels.length * LAYERS.length * dim), new Float32Array(labels.length * dim)]
  for await (const { index, tokens, error } of vision.stream(files.flat())) {
    if (error) throw error
    LAYERS.forEach((layer, place) => cls.set((tokens.layers[layer] ?? tokens).cls.data, (index * LAYERS.length + place) * dim))
    const { data } = tokens.patches
    for (let i = 0; i < data.length; i++) mean[index * dim + (i % dim)]! += (data[i]! * dim) / data.length
  }
  return { dim, classes, labels, cls, mean }
}

const seconds = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const started = performance.now()
const [train, test] = [await embed(`${SHARED}imagenette/train`), await embed(`${SHARED}imagenette/test`)]
console.log(`imagenette: ${train.labels.length} + ${test.labels.length} images embedded in ${seconds(started)}`)
const nearest = classifyByNeighbors(train, test, { k: 1 })
console.log(`1-NN                 ${percent(classificationMetrics(nearest, test.labels, train.classes.length).top1)}`)

/** With and without the mean of the patches. */
const FEATURES: readonly FeatureChoice[] = [
  { layers: 1, mean: false },
  { layers: 1, mean: true },
]

/** Chooses penalty and features by the examples alone, fits to all of them, and evaluates on others. */
async function logistic(known: ClassificationExamples, asked: ClassificationExamples): Promise<{ right: number; chosen: string }> {
  const tried = await crossValidate(known, async ({ train: part, validation }) => {
    const fits = FEATURES.map(async (features) => {
      const fit = await fitLogistic(runtime, part, validation, { features })
      return fit.tried.map(({ strength, ...evaluated }) => ({ choice: { strength, features }, ...evaluated }))
    })
    return (await Promise.all(fits)).flat()
  })
  const { choice } = selectByOneStandardError(tried, (a, b) => (a.features.mean === b.features.mean ? a.strength - b.strength : 0))
  const { strength, features } = choice
  const { tried: final } = await fitLogistic(runtime, known, asked, { strengths: [strength], features })
  const chosen = `C ${strength.toPrecision(2)}, ${features.mean ? 'with' : 'without'} the mean`
  return { right: Math.round(final[0]!.top1 * asked.labels.length), chosen }
}

/** The paper’s sweep, chosen by cross-validation. */
async function sweep(known: ClassificationExamples, asked: ClassificationExamples): Promise<{ right: number; chosen: string }> {
  const [best] = await crossValidate(known, async ({ train: part, validation }) => {
    const { candidates } = await sweepClassifiers(runtime, part, validation)
    return candidates.map(({ learningRate, layers, mean, top1, loss }) => ({
      choice: { learningRate, layers, mean },
      top1: top1!,
      loss: loss!,
    }))
  })
  const { learningRate, layers, mean } = best!.choice
  const final = await sweepClassifiers(runtime, known, asked, { learningRates: [learningRate], features: [{ layers, mean }] })
  const chosen = `rate ${learningRate}, ${layers} layers, ${mean ? 'with' : 'without'} the mean`
  return { right: Math.round(final.best.top1! * asked.labels.length), chosen }
}

for (const [name, method] of [
  ['logistic regression', logistic],
  ['sweep', sweep],
] as const) {
  const since = performance.now()
  const { right, chosen } = await method(train, test)
  console.log(`${name.padEnd(20)} ${percent(right / test.labels.length)}  (in ${seconds(since)}; chosen: ${chosen})`)
}

const clothing = await embed(`${SHARED}clothing`)
const leftOut = classifyByNeighbors(clothing, clothing, { k: 1 })
console.log(`clothing, leave-one-out 1-NN   ${percent(classificationMetrics(leftOut, clothing.labels, clothing.classes.length).top1)}`)
for (const [name, method] of [
  ['logistic', logistic],
  ['sweep', sweep],
] as const) {
  // What is chosen in each fold is chosen without the images that it is evaluated on.
  const parts = stratifiedFolds(clothing.labels, 5, 0)
  let right = 0
  for (const part of parts) {
    const others = parts.filter((other) => other !== part).flat()
    right += (await method(takeExamples(clothing, others), takeExamples(clothing, part))).right
  }
  console.log(`clothing, 5-fold ${name.padEnd(13)} ${percent(right / clothing.labels.length)}`)
}
