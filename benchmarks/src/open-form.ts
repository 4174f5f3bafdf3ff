/**
 * Opens models as a user would and writes an image's tokens, for goldens/real_shapes.py: a line of JSON in (see Wanted), a line of
 * JSON out, with seconds to open and peak memory in bytes, the engine's process included. Linux alone: /proc has the memory.
 *
 *     tsx open-form.ts
 */
import { classification, DinokitError, open } from 'dinokit'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'

interface Wanted {
  readonly model: string
  /** File of [height][width][channels], bytes. */
  readonly pixels: string
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly out: string
  readonly options: Readonly<Record<string, unknown>>
  readonly classify: boolean
}

async function answer({
  model,
  pixels,
  width,
  height,
  channels,
  out,
  options,
  classify,
}: Wanted): Promise<Readonly<Record<string, unknown>>> {
  await writeFile('/proc/self/clear_refs', '5')
  try {
    const start = performance.now()
    await using vision = await open({
      model,
      ...options,
      engine: { threads: 1 },
      heads: { ...(classify && { classify: classification() }) },
    })
    const seconds = (performance.now() - start) / 1000
    const tokens = await vision.embed({ data: new Uint8Array(await readFile(pixels)), width, height, channels }, { size: 'source' })
    const classes = 'classify' in vision.heads ? await vision.heads.classify(tokens) : undefined
    const parts = [tokens.cls, tokens.registers, tokens.patches, ...(classes ? [classes.logits] : [])]
    await writeFile(out, new Uint8Array(Float32Array.from(parts.flatMap(({ data }) => [...data])).buffer))
    return { seconds, peak: await peakMemory() }
  } catch (error) {
    if (!DinokitError.is(error)) return { code: 'CRASHED', message: String(error) }
    return { code: error.code, message: error.message, peak: await peakMemory() }
  }
}

/** Most memory since it was reset, of this process, and of its children since they began. */
async function peakMemory(): Promise<number> {
  const statuses = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
  )
  const own = statuses.filter((status) => [`\nPid:\t${process.pid}\n`, `\nPPid:\t${process.pid}\n`].some((line) => status.includes(line)))
  return own.reduce((sum, status) => sum + 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0), 0)
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answer(JSON.parse(line) as Wanted)))
