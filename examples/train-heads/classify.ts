// How well the embedded model's tokens tell ten kinds of things apart: `npx tsx classify.ts`.
import { createRuntime, open } from 'dinokit'
import { classificationMetrics, classifyByNeighbours, fitLogistic, sweepClassifiers, type ClassificationExamples } from '@dinokit/train'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const SHARED = fileURLToPath(new URL('../../../shared/data/cls/', import.meta.url))
const LAYERS = [9, 10, 11, 12]
/** Every fifth picture of the training split chooses among candidates. */
const HELD_OUT = 5

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

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const started = performance.now()
const [train, test] = [await embed(`${SHARED}imagenette/train`), await embed(`${SHARED}imagenette/test`)]
const embedding = (performance.now() - started) / 1000
console.log(`imagenette: ${train.labels.length} + ${test.labels.length} pictures embedded in ${embedding.toFixed(1)} s`)
const nearest = classifyByNeighbours(train, test, { k: 1 })
console.log(`1-NN                 ${percent(classificationMetrics(nearest, test.labels, train.classes.length).top1)}`)

const [part, held] = [take(train, (index) => index % HELD_OUT !== 0), take(train, (index) => index % HELD_OUT === 0)]
let since = performance.now()
const chosen = await sweepClassifiers(runtime, part, held)
const sweeping = (performance.now() - since) / 1000
const { learningRate, layers, mean } = chosen.best
const best = await sweepClassifiers(runtime, train, test, { learningRates: [learningRate], features: [{ layers, mean }] })
console.log(
  `sweep                ${percent(best.best.top1!)}  (${chosen.candidates.length} candidates in ${sweeping.toFixed(1)} s; chosen: rate ${learningRate}, ${layers} layers, mean ${mean})`,
)

since = performance.now()
const fit = await fitLogistic(runtime, part, held)
const fitting = (performance.now() - since) / 1000
const final = await fitLogistic(runtime, train, test, { strengths: [fit.strength] })
console.log(
  `logistic regression  ${percent(final.tried[0]!.top1)}  (45 strengths in ${fitting.toFixed(1)} s; chosen: C ${fit.strength.toPrecision(2)})`,
)
if (process.argv.includes('--all')) {
  const all = await fitLogistic(runtime, train, test)
  console.log(all.tried.map(({ strength, top1 }) => `${strength.toPrecision(2)} ${percent(top1)}`).join(', '))
}

const clothing = await embed(`${SHARED}clothing`)
const leftOut = classifyByNeighbours(clothing, clothing, { k: 1 })
console.log(`clothing, leave-one-out 1-NN   ${percent(classificationMetrics(leftOut, clothing.labels, clothing.classes.length).top1)}`)
let right = 0
for (let fold = 0; fold < 5; fold++) {
  const [known, asked] = [take(clothing, (index) => index % 5 !== fold), take(clothing, (index) => index % 5 === fold)]
  const { tried } = await fitLogistic(runtime, known, asked, { strengths: [fit.strength] })
  right += tried[0]!.top1 * asked.labels.length
}
console.log(`clothing, 5-fold logistic      ${percent(right / clothing.labels.length)}`)
