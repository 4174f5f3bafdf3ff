// How well the embedded model's tokens tell ten kinds of things apart: `npx tsx classify.ts`.
import { createRuntime, open } from 'dinokit'
import { classificationMetrics, classifyByNeighbours, fitLogistic, sweepClassifiers, type ClassificationExamples } from '@dinokit/train'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const SHARED = fileURLToPath(new URL('../../../shared/data/cls/', import.meta.url))
const LAYERS = [9, 10, 11, 12]
/** Each fifth of the training split in turn judges what was fitted on the others. */
const FOLDS = 5

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

function take(from: ClassificationExamples, chosen: (index: number) => boolean): ClassificationExamples {
  const indices = [...from.labels.keys()].filter(chosen)
  const rows = (data: Float32Array): Float32Array => {
    const width = data.length / from.labels.length
    const taken = new Float32Array(indices.length * width)
    indices.forEach((index, place) => taken.set(data.subarray(index * width, (index + 1) * width), place * width))
    return taken
  }
  return { ...from, labels: Int32Array.from(indices, (index) => from.labels[index]!), cls: rows(from.cls), mean: rows(from.mean!) }
}

const seconds = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const started = performance.now()
const [train, test] = [await embed(`${SHARED}imagenette/train`), await embed(`${SHARED}imagenette/test`)]
console.log(`imagenette: ${train.labels.length} + ${test.labels.length} pictures embedded in ${seconds(started)}`)
const nearest = classifyByNeighbours(train, test, { k: 1 })
console.log(`1-NN                 ${percent(classificationMetrics(nearest, test.labels, train.classes.length).top1)}`)

let since = performance.now()
const tried = new Map<number, { strength: number; top1: number; loss: number }>()
for (let fold = 0; fold < FOLDS; fold++) {
  const [part, held] = [take(train, (index) => index % FOLDS !== fold), take(train, (index) => index % FOLDS === fold)]
  for (const { strength, top1, loss } of (await fitLogistic(runtime, part, held)).tried) {
    const sum = tried.get(strength) ?? { strength, top1: 0, loss: 0 }
    tried.set(strength, { strength, top1: sum.top1 + top1 / FOLDS, loss: sum.loss + loss / FOLDS })
  }
}
const { strength } = [...tried.values()].sort((a, b) => b.top1 - a.top1 || a.loss - b.loss)[0]!
const fitting = seconds(since)
const final = await fitLogistic(runtime, train, test, { strengths: [strength] })
console.log(
  `logistic regression  ${percent(final.tried[0]!.top1)}  (45 strengths x ${FOLDS} folds in ${fitting}; chosen: C ${strength.toPrecision(2)})`,
)
if (process.argv.includes('--all')) {
  const all = await fitLogistic(runtime, train, test)
  console.log(
    all.tried.map(({ strength: of, top1 }) => `${of.toPrecision(2)} ${percent(tried.get(of)!.top1)} -> ${percent(top1)}`).join(', '),
  )
}

const [part, held] = [take(train, (index) => index % FOLDS !== 0), take(train, (index) => index % FOLDS === 0)]
since = performance.now()
const { best, candidates } = await sweepClassifiers(runtime, part, held)
const sweeping = seconds(since)
const chosen = { learningRates: [best.learningRate], features: [{ layers: best.layers, mean: best.mean }] }
const swept = await sweepClassifiers(runtime, train, test, chosen)
console.log(
  `sweep                ${percent(swept.best.top1!)}  (${candidates.length} candidates in ${sweeping}; chosen: rate ${best.learningRate}, ${best.layers} layers, mean ${best.mean})`,
)

const clothing = await embed(`${SHARED}clothing`)
const leftOut = classifyByNeighbours(clothing, clothing, { k: 1 })
console.log(`clothing, leave-one-out 1-NN   ${percent(classificationMetrics(leftOut, clothing.labels, clothing.classes.length).top1)}`)
let right = 0
for (let fold = 0; fold < 5; fold++) {
  const [known, asked] = [take(clothing, (index) => index % 5 !== fold), take(clothing, (index) => index % 5 === fold)]
  const { tried } = await fitLogistic(runtime, known, asked, { strengths: [strength] })
  right += tried[0]!.top1 * asked.labels.length
}
console.log(`clothing, 5-fold logistic      ${percent(right / clothing.labels.length)}`)
