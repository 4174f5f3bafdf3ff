import { findModelCard, type PrecisionName } from '@dinokit/core'
import type { Layout } from '@dinokit/vit'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeRandomCheckpoint } from '../lib/random-checkpoint.ts'
import { reportOf } from '../processes/report-of.ts'
import { table } from '../lib/table.ts'

/** Report of one process that loads a checkpoint. */
interface LoadReport {
  readonly loadMs: number
  readonly runMs: number
  /** Largest resident set over the process's before loading, with the engine's process, in bytes. */
  readonly peak: number
  /** The same, once it has looked at an image. */
  readonly peakWithRun: number
  readonly finite: boolean
}

/**
 * Loads random checkpoints, each in a process of its own, and looks at one image: time and peak memory.
 *
 * @param sizes - `small`, `base`, `large`, `giant`
 * @param layouts - whose names and shapes
 * @param precision - that they are opened in
 */
export async function loadTable(sizes: readonly string[], layouts: readonly Layout[], precision: PrecisionName): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  const rows = [['', 'tensors', 'load', 'one image', 'peak memory', 'of tensors', 'with the image']]
  try {
    for (const size of sizes) {
      for (const layout of layouts) {
        const path = join(folder, `${size}-${layout}.safetensors`)
        const bytes = await writeRandomCheckpoint(path, findModelCard(`dinov2-${size}`).architecture, layout)
        const report = (await reportOf(new URL('../lib/load-one.ts', import.meta.url), [path, precision])) as LoadReport
        const { loadMs, runMs, peak, peakWithRun, finite } = report
        if (!finite) throw new Error(`${size} in ${layout}’s layout gives NaN or infinity`)
        rows.push([
          `${size}, ${layout}${precision === 'float32' ? '' : `, ${precision}`}`,
          `${(bytes / 1e6).toFixed(0)} MB`,
          `${(loadMs / 1000).toFixed(1)} s`,
          `${runMs.toFixed(0)} ms`,
          `${(peak / 1e6).toFixed(0)} MB`,
          `${(peak / bytes).toFixed(2)} x`,
          `${(peakWithRun / 1e6).toFixed(0)} MB`,
        ])
        await rm(path)
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return `Loading random checkpoints, a process each; peak memory over the process before\n${table(rows)}`
}
