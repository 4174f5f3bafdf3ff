import { readFile } from 'node:fs/promises'
import asc from 'assemblyscript/asc'

/** The kernels: assembly/NAME.ts becomes NAME-wasm.generated.ts of a folder. */
export const KERNELS = {
  resample: new URL('../src/image/resample/', import.meta.url),
  ycbcr: new URL('../src/image/resample/', import.meta.url),
  products: new URL('../src/vectors/', import.meta.url),
} as const

/**
 * Compiles a file of assembly/ and returns the source of its *-wasm.generated.ts.
 *
 * @param name - one of {@link KERNELS}
 */
export async function compileAssembly(name: keyof typeof KERNELS): Promise<string> {
  const file = `${name}.ts`
  const source = await readFile(new URL(`../assembly/${file}`, import.meta.url), 'utf8')
  let binary: Uint8Array | undefined
  const { error } = await asc.main(
    [file, '--outFile', 'out.wasm', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '-O3', '--converge', '--initialMemory', '1'],
    {
      readFile: (asked) => (asked === file ? source : null),
      writeFile: (asked, contents) => {
        if (asked === 'out.wasm') binary = contents as Uint8Array
      },
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new Error(`assembly/${file} does not compile`, { cause: error })
  return `/** assembly/${file}, compiled by scripts/build-wasm.ts. */\nexport const ${name.toUpperCase()}_WASM =\n  '${Buffer.from(binary).toString('base64')}'\n`
}
