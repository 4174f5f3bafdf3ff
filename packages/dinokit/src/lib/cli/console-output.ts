import { type DinokitError, type OnProgress } from '@dinokit/core'
import cliProgress from 'cli-progress'
import pc from 'picocolors'

/** Where a command says what it found: results on standard output, everything else on standard error. */
export interface Output {
  /** Reports one input's result: as one line of JSON, or as the text that a person reads. */
  result(input: string, output: unknown, text: string): void
  /** Reports one input's failure. It is remembered for the exit code. */
  failure(input: string, error: DinokitError): void
  /** Shows how far a download is, where standard error is a terminal. */
  readonly onProgress: OnProgress
  /** Shows how many of the inputs (or of what is named) are done, where standard error is a terminal. */
  advance(done: number, total: number, what?: string): void
  /** Takes the progress bar away. */
  end(): void
  /** How many inputs failed. */
  failures(): number
}

/** What the output needs of the command's options. */
export interface OutputOptions {
  readonly json: boolean
  readonly color: boolean
  readonly quiet: boolean
}

/** An output on this process's standard streams. */
export function createConsoleOutput({ json, color, quiet }: OutputOptions): Output {
  const colors = pc.createColors(color && pc.isColorSupported && process.stderr.isTTY)
  const shown = process.stderr.isTTY && !quiet
  let bar: { readonly name: string; readonly bar: cliProgress.SingleBar } | undefined
  let failures = 0
  const end = (): void => {
    bar?.bar.stop()
    bar = undefined
  }
  const show = (name: string, done: number, total: number | undefined, format: string): void => {
    if (!shown || total === undefined) return
    if (bar?.name !== name) {
      end()
      bar = {
        name,
        bar: new cliProgress.SingleBar(
          { format, stream: process.stderr, hideCursor: null, clearOnComplete: true, etaBuffer: 50 },
          cliProgress.Presets.shades_classic,
        ),
      }
      bar.bar.start(total, done)
    }
    bar.bar.update(done)
    if (done >= total) end()
  }
  return {
    result(input, output, text) {
      end()
      process.stdout.write(json ? `${JSON.stringify({ input, output })}\n` : `${text}\n`)
    },
    failure(input, error) {
      end()
      failures++
      if (json) process.stdout.write(`${JSON.stringify({ input, error: { code: error.code, message: error.message } })}\n`)
      else process.stderr.write(`${colors.red('failed')} ${input}: ${error.message} ${colors.dim(`(${error.code})`)}\n`)
    },
    onProgress: ({ name, done, total }) =>
      show(
        name,
        done / 1e6,
        total === undefined ? undefined : total / 1e6,
        `${name} {bar} {percentage} % of {total} MB, {eta_formatted} left`,
      ),
    advance: (done, total, what = 'pictures') => show(what, done, total, `${what} {bar} {value} of {total}, {eta_formatted} left`),
    end,
    failures: () => failures,
  }
}
