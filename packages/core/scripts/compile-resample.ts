import { readFile } from 'node:fs/promises'
import asc from 'assemblyscript/asc'

/** Compiles assembly/resample.ts and returns the source of src/lib/resample-wasm.generated.ts. */
export async function compileResample(): Promise<string> {
  const source = await readFile(new URL('../assembly/resample.ts', import.meta.url), 'utf8')
  let binary: Uint8Array | undefined
  const { error } = await asc.main(
    [
      'resample.ts',
      '--outFile',
      'resample.wasm',
      '--enable',
      'simd',
      '--runtime',
      'stub',
      '--noAssert',
      '-O3',
      '--converge',
      '--initialMemory',
      '1',
    ],
    {
      readFile: (name) => (name === 'resample.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'resample.wasm') binary = contents as Uint8Array
      },
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new Error(`assembly/resample.ts does not compile`, { cause: error })
  return `/** assembly/resample.ts, compiled by scripts/build-wasm.ts. */\nexport const RESAMPLE_WASM =\n  '${Buffer.from(binary).toString('base64')}'\n`
}
