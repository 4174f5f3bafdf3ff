/**
 * Makes this package's assets from shared/models/tiny14: the weights in 16 bits
 * the classifier and the class names. Run by hand: `npx tsx packages/model-tiny/scripts/make.ts`.
 */
import { openTensorFile, toFloat16, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, tensor, type AnyTensor } from '@dinokit/core'
import { readShared } from '@dinokit/testing'
import { writeFile } from 'node:fs/promises'

const assets = new URL('../assets/', import.meta.url)

for (const [from, to] of [
  ['model', 'model'],
  ['imagenet-classifier', 'classifier'],
] as const) {
  const file = await openTensorFile(bytesSource(from, await readShared(`models/tiny14/${from}.safetensors`)))
  const tensors: Record<string, AnyTensor> = {}
  for (const [name, stored] of file.tensors) tensors[name] = tensor('float16', toFloat16(await stored.readFloat32()), stored.shape)
  await writeFile(
    new URL(`${to}.safetensors`, assets),
    writeSafetensors(tensors, { origin: `shared/models/tiny14/${from}.safetensors`, license: 'Apache-2.0' }),
  )
}

const classes = JSON.parse(new TextDecoder().decode(await readShared('models/tiny14/imagenet-1k.json'))) as unknown[]
await writeFile(new URL('imagenet-1k.json', assets), `[\n${classes.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`)

for (const sample of ['astronaut', 'chelsea', 'coffee', 'rocket'])
  await writeFile(new URL(`${sample}.jpg`, assets), await readShared(`data/samples/${sample}.jpg`))
