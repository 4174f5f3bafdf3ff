// Makes a step of a distillation for every line that it is sent, and answers with what it took: see distillation.ts.
import { tensor, type Tensor } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { createTrainer, distillationStep, studentFromLayers } from '@dinokit/train'
import type { VitBackbone } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { createInterface } from 'node:readline'
import { peakMemory } from '../processes/peak-memory.ts'

const [batch = 32, threads = 2, ...layers] = process.argv.slice(2).map(Number)
const SIZE = 224

// On threads of this process, whose processor time is told.
const runtime = createNodeRuntime({ engine: { device: 'cpu', threads, host: 'thread' } })
const teacher = (await loadBackbone(runtime, 'tiny')) as VitBackbone
const student = await studentFromLayers(teacher, layers)
const parameters: Record<string, Tensor> = {}
for (const [name, value] of Object.entries(student.tensors)) if (name !== 'mask_token') parameters[`student.${name}`] = value
const step = distillationStep({ student: student.card, teacher: teacher.card, size: SIZE, batch }, parameters)
const seen = teacher.graph({})
await using looking = await runtime.createSession(seen.model)
await using trainer = await createTrainer(runtime, step)
const bytes = Uint8Array.from({ length: batch * SIZE * SIZE * 3 }, () => Math.random() * 256)
const pixels = tensor('uint8', bytes, [batch, SIZE, SIZE, 3])

const once = async (): Promise<object> => {
  const [begun, before] = [performance.now(), process.cpuUsage()]
  const { tokens } = await looking.run(seen.feeds(pixels, undefined, undefined))
  const [looked, between] = [performance.now(), process.cpuUsage(before)]
  await trainer.step({ pixels, teacher: tokens! }, { learningRate: 3e-4, weightDecay: 0.03 })
  const [ended, after] = [performance.now(), process.cpuUsage(before)]
  const processor = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6
  return {
    teacher: { seconds: (looked - begun) / 1000, processor: processor(between) },
    student: { seconds: (ended - looked) / 1000, processor: processor(after) - processor(between) },
    peak: peakMemory(),
  }
}

await once()
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) if (line === 'step') console.log(JSON.stringify(await once()))
await teacher.close()
