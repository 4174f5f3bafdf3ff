// What the embedded model says of a few images: `npx pnpm@12 start`, or `... start my/images/*.jpg`.
import { cosineSimilarity } from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { classification, open, type Tokens } from 'dinokit'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookImage, outputsToLook } from './look-image.ts'

const SAMPLES = ['astronaut.jpg', 'chelsea.jpg', 'coffee.jpg', 'rocket.jpg'].map((name) =>
  fileURLToPath(new URL(`images/${name}`, import.meta.url)),
)
const OUT = fileURLToPath(new URL('out/', import.meta.url))

const files = process.argv.length > 2 ? process.argv.slice(2) : SAMPLES
const started = performance.now()
await using vision = await open({ heads: { classify: classification() } })
console.log(`model ${vision.card.id} (${vision.card.description}), opened in ${ms(performance.now() - started)}\n`)

const seen: { readonly file: string; readonly tokens: Tokens }[] = []
let failed = false
for await (const { source, tokens, error } of vision.stream(files)) {
  if (error) {
    console.error(`${source}: ${error.message}\n`)
    failed = true
    continue
  }
  const { cls, registers, patches, timing } = tokens
  console.log(basename(source))
  for (const { name, probability } of (await vision.heads.classify(tokens)).classes)
    console.log(`  ${`${(probability * 100).toFixed(1)} %`.padStart(7)}  ${name}`)
  console.log(`  cls ${shape(cls)}  registers ${shape(registers)}  patches ${shape(patches)}`)
  console.log(`  decoding ${ms(timing.decode)}, resizing ${ms(timing.preprocess)}, network ${ms(timing.run)}\n`)
  seen.push({ file: source, tokens })
}

console.log('cosine similarity of the class tokens')
for (const { file, tokens } of seen) {
  console.log(
    `  ${basename(file).padEnd(16)} ${seen.map((other) => cosineSimilarity(tokens.cls, other.tokens.cls).toFixed(3).padStart(7)).join('')}`,
  )
}

await mkdir(OUT, { recursive: true })
const tensors = seen.flatMap(({ file, tokens: { cls, patches } }) => [
  [`${basename(file)}.cls`, cls] as const,
  [`${basename(file)}.patches`, patches] as const,
])
await writeFile(
  `${OUT}embeddings.safetensors`,
  writeSafetensors(Object.fromEntries(tensors), { fingerprint: JSON.stringify(vision.fingerprint()) }),
)
const drawing = performance.now()
if (seen.length > 0) {
  await using looking = await open(outputsToLook(vision.card.architecture.depth))
  await writeFile(
    `${OUT}look.png`,
    await lookImage(
      looking,
      seen.map(({ file }) => file),
    ),
  )
}
console.log(`\nwrote ${OUT}embeddings.safetensors`)
console.log(
  `wrote ${OUT}look.png: each image, its patch features as colors, the attention of the best head, and the object found without training (in ${ms(performance.now() - drawing)})`,
)
process.exitCode = failed ? 1 : 0

function shape({ shape }: { readonly shape: readonly number[] }): string {
  return `[${shape.join('][')}]`
}

function ms(time: number): string {
  return `${Math.round(time)} ms`
}
