import { writeFileAtomic } from '@dinokit/runtime-node'
import type { HeadFileOptions } from '@dinokit/train/stored'
import { basename, extname } from 'node:path'
import { commandLine } from '../arguments/command-line.ts'
import type { TrainingOptions } from '../options/training-options.ts'

/** Name of a head's file, and the command that its card names. */
export function headFileOf({ out, name }: Pick<TrainingOptions, 'out' | 'name'>): Required<HeadFileOptions> {
  return { name: name ?? basename(out, extname(out)), card: { command: commandLine() } }
}

/** Writes a head file whole, or not at all. */
export async function writeHead(out: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  await writeFileAtomic(out, [bytes], signal)
}
