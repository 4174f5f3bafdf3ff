import type { Command } from 'commander'
import { extname, join } from 'node:path'
import { expandInputs, type Input } from './expand-inputs.ts'

/** Endings of what `--out` may name as one file; anything else is a folder. */
const FILES = ['.safetensors']

/** Whether `--out` names one file rather than a folder. */
function isFile(out: string): boolean {
  return FILES.includes(extname(out).toLowerCase())
}

/** Ends the command where `--out` is one file and several pictures were given. */
export async function assertOneFile(
  command: Command,
  out: string | undefined,
  images: readonly string[],
  recursive: boolean,
): Promise<void> {
  if (out === undefined || !isFile(out) || (await expandInputs(images, recursive)).length <= 1) return
  command.error(`error: --out ${out} is one file, but several pictures were given. Give a folder.`)
}

/** Where each picture's file goes. Pictures of one name in different folders must not overwrite each other's. */
export function createOutPaths(): (out: string, input: Input) => string {
  const taken = new Set<string>()
  return (out, { relative }) => {
    if (isFile(out)) return out
    const stem = join(out, relative.slice(0, relative.length - extname(relative).length))
    let path = `${stem}.safetensors`
    for (let count = 2; taken.has(path); count++) path = `${stem}-${count}.safetensors`
    taken.add(path)
    return path
  }
}
