import { transform } from 'esbuild'
import { readFileSync } from 'node:fs'

/** The example that README.md begins with. */
export interface ReadmeExample {
  /** Code as JavaScript that every engine of today parses; `await using` is written out. */
  readonly code: string
  /** Lines that README.md says it prints. */
  readonly prints: readonly string[]
}

/** The image that the example calls photo.jpg, in this repository. */
export const README_IMAGE = 'examples/first-look/images/chelsea.jpg'

/**
 * Reads the example: the first block of TypeScript in README.md that prints, with what it prints in the comments behind
 * `console.log`.
 *
 * @throws Error where there is none
 */
export async function readmeExample(): Promise<ReadmeExample> {
  const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text!)
  const text = blocks.find((block) => block.includes('console.log(') && block.includes("'photo.jpg'"))
  if (text === undefined) throw new Error('README.md has no block of ts that looks at photo.jpg and prints.')
  const prints = [...text.matchAll(/^console\.log\(.*\) \/\/ (.+)$/gm)].map(([, said]) => said!)
  if (prints.length === 0) throw new Error('The example in README.md does not say what it prints: console.log(...) // what')
  const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'es2022' })
  return { code, prints }
}
