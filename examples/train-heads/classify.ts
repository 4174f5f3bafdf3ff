// How well classifiers on the embedded model's tokens tell ten kinds of things apart: `npx tsx classify.ts`.
import { openHead } from '@dinokit/core'
import { createMemoryStore, fillStore, layoutFor } from '@dinokit/store'
import { evaluateClassification, storedTokens, trainClassifier } from '@dinokit/train/stored'
import { imagesIn, open as openModel } from 'dinokit'
import { fileURLToPath } from 'node:url'

const IMAGENETTE = fileURLToPath(new URL('../../../shared/data/cls/imagenette/', import.meta.url))

await using vision = await openModel({ layers: [9, 10, 11, 12], engine: { threads: 1 } })
await using store = createMemoryStore(layoutFor(vision, { layers: [9, 10, 11], patchMean: true }))
for (const split of ['train', 'test']) {
  const images = imagesIn(`${IMAGENETTE}${split}`, { labelsFromFolders: true, split })
  for await (const { error } of fillStore(vision, store, images)) if (error) throw error
}
const asked: string[] = []
for await (const { rows } of store.iterate({ split: 'test', tensors: [] })) asked.push(...rows.map(({ id }) => id))

for (const method of ['logistic', 'sweep', 'mlp'] as const) {
  // What is best is chosen by the training images alone, so that the test images say what new images will get.
  const { head, classes, layers, tokens } = await trainClassifier(vision, store, { method, split: 'train', folds: 5 })
  await using open = await openHead(head, { card: vision.card, runtime: vision.runtime, fingerprint: store.layout.fingerprint })
  const rows = storedTokens(store, asked, { layers, tokens }, vision.card.architecture.depth)
  const { top1 } = await evaluateClassification(open, rows, classes)
  console.log(`${method.padEnd(10)} ${(100 * top1).toFixed(1)} % of ${asked.length} test images`)
}
