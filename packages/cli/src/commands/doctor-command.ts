import { DinokitError } from '@dinokit/core'
import { createNodeRuntime, devicesOf, engineTelemetry, hubCacheFolder, ownCacheFolder } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { open } from 'dinokit'
import { deviceWords, tryDevice } from '../run/devices/try-device.ts'
import type { CommandContext } from '../output/command-context.ts'

const VARIABLES = ['HF_HOME', 'HF_HUB_CACHE', 'HF_ENDPOINT', 'HF_HUB_OFFLINE', 'DINOKIT_CACHE', 'TMPDIR'] as const

/** `dinokit doctor` */
export function addDoctorCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('doctor')
    .summary('Check this installation')
    .description(
      'Check this installation: the engine, the embedded model on each device of this machine, the caches. Attach the output to a bug report.',
    )
    .addHelpText('after', '\nExample:\n  $ dinokit doctor --json')
    .action(async () => {
      const { output, signal } = context(command)
      const check = async (name: string, look: () => Promise<string>): Promise<void> => {
        try {
          const found = await look()
          output.result(name, found, `${name.padEnd(16)} ${found}`)
        } catch (cause) {
          output.failure(name, DinokitError.is(cause) ? cause : new DinokitError('internal', String(cause), { cause }))
        }
      }
      await check(
        'node',
        async () =>
          `${process.version} on ${process.platform} ${process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      )
      await check('engine', async () => createNodeRuntime().name)
      await check('embedded model', embedGray)
      for (const device of ['cpu', ...devicesOf()] as const) {
        const tried = await tryDevice(device, signal)
        output.result(`device ${device}`, tried, `${`device ${device}`.padEnd(16)} ${deviceWords(tried)}`)
      }
      await check('telemetry', async () => telemetryReport())
      await check('hub cache', () => folderReport(hubCacheFolder()))
      await check('own cache', () => folderReport(ownCacheFolder()))
      const set = VARIABLES.filter((name) => process.env[name])
      await check('environment', async () => set.map((name) => `${name}=${process.env[name]}`).join(' ') || 'nothing set')
      await check('HF_TOKEN', async () => (process.env.HF_TOKEN ? 'set' : 'not set'))
    })
}

/** Runs the embedded model on a gray image; whatever is broken breaks here. */
async function embedGray(): Promise<string> {
  const started = performance.now()
  await using vision = await open()
  const opened = performance.now()
  const { cls, timing } = await vision.embed({ data: new Uint8Array(224 * 224 * 3).fill(128), width: 224, height: 224 })
  if (!cls.data.every(Number.isFinite))
    throw new DinokitError('session-failed', 'The embedded model returns NaN or infinity.', {
      hint: 'Report this with the output of dinokit doctor.',
    })
  return `opens in ${Math.round(opened - started)} ms, looks at an image in ${Math.round(timing.run)} ms`
}

/** Reports what onnxruntime does about usage data; the other packages that dinokit runs collect none. */
function telemetryReport(): string {
  const { off, value, setBy } = engineTelemetry()
  const set = `ORT_DISABLE_TELEMETRY=${value}, set by ${setBy === 'dinokit' ? 'dinokit' : 'the environment'}`
  if (process.platform === 'win32') return 'no upload by the engine itself; its trace events are for Windows’ diagnostic data settings'
  return off ? `off (${set})` : `on (${set}): onnxruntime may send usage data to its makers`
}

/** Says whether a folder can be written, without making it. */
async function folderReport(folder: string): Promise<string> {
  const there = await nearestFolder(folder)
  await access(there, constants.W_OK)
  const { bavail, bsize } = await statfs(there)
  return `${folder}, ${((bavail * bsize) / 1e9).toFixed(1)} GB free${there === folder ? '' : ' (made when it is needed)'}`
}

/** The folder, or the nearest above it that is there. */
async function nearestFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => dirname(folder) === folder,
  )
  return isThere ? folder : nearestFolder(dirname(folder))
}
