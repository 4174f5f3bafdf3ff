import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * Runs a program in a process of its own, and reads the report that it prints, as JSON.
 *
 * @param program - address of its source
 * @param args - of the program
 * @throws Error with what it said where it fails
 */
export async function reportOf(program: URL, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, fileURLToPath(program), ...args])
  return JSON.parse(stdout)
}
