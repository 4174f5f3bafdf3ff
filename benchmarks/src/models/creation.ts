import { createNodeRuntime, createSession, writeFileAtomic } from '@dinokit/runtime-node'
import { exportVit, type VitBackbone } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { readFile } from 'node:fs/promises'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'

const ROUNDS = 7

/**
 * From a file to a session: ours from a checkpoint (reading, folding, writing the graph), against reading a ready-made
 * ONNX file of the same network.
 *
 * @param model - a checkpoint
 * @param ready - where the ready-made file may be written
 */
export async function creationTable(label: string, model: string, ready: string): Promise<string> {
  const runtime = createNodeRuntime()
  const backbone = (await loadBackbone(runtime, model)) as VitBackbone
  const exported = exportVit(backbone)
  if (exported.kind === 'beside') throw new Error(`${label} is too large for one ONNX file`)
  await writeFileAtomic(ready, exported.file.chunks())
  await backbone.close()
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    let started = performance.now()
    const loaded = await loadBackbone(runtime, model)
    const session = await createSession(loaded.graph({}).model)
    ours.push(performance.now() - started)
    await session.dispose()
    await loaded.close()
    started = performance.now()
    const other = await createSession({ graph: await readFile(ready) })
    bare.push(performance.now() - started)
    await other.dispose()
  }
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    `${median(values).toFixed(0)} ms`,
    `${(median(values) / median(bare)).toFixed(2)} x`,
  ]
  return `${label}: from a file to a session, medians of ${ROUNDS}\n${table([row('a ready-made ONNX file', bare), row('dinokit, from a checkpoint', ours)])}`
}
