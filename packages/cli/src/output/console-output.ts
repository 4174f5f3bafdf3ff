import { type DinokitError, type OnProgress } from '@dinokit/core'
import cliProgress from 'cli-progress'
import pc from 'picocolors'
import { createTimeLeft, describeTime, type TimeLeft } from './time-left.ts'

/** Where a command says what it found: answers on standard output, everything else on standard error. */
export interface Output {
  /** Reports one input's answer: as one line of JSON, or as the text that a person reads. */
  result(input: string, output: unknown, text: string): void
  /** Reports what was done where the answer is in a file or a store: as {@link Output.result}, but no text with --quiet. */
  report(input: string, output: unknown, text: string): void
  /** Reports what became of one of many inputs: as {@link Output.result}, but the text only with --verbose. */
  detail(input: string, output: unknown, text: string): void
  /** Says something to a person, on standard error: not with --quiet, nor with --json. */
  note(text: string): void
  /** Sums up what was done for many inputs, as a last line of JSON, `{ summary }`; people have read it. */
  summary(summary: object): void
  /** Reports one input's failure. It is remembered for the exit code. */
  failure(input: string, error: DinokitError): void
  /** Shows how far a download is, or a calibration, where standard error is a terminal; a calibration's tenths elsewhere. */
  readonly onProgress: OnProgress
  /**
   * Shows how many of the inputs (or of what is named) are done and how long the rest will take, where standard error is a
   * terminal. Called with 0 when the work begins, it knows the pace from the first one on.
   */
  advance(done: number, total: number, what?: string): void
  /** Takes the progress bar away. */
  end(): void
  /** Returns the number of inputs that failed. */
  failures(): number
}

/** Options of the output. */
export interface OutputOptions {
  readonly json: boolean
  readonly color: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** An output on this process's standard streams. */
export function createConsoleOutput({ json, color, quiet, verbose }: OutputOptions): Output {
  const colors = pc.createColors(color && pc.isColorSupported && process.stderr.isTTY)
  const progress = createProgressBar(process.stderr.isTTY && !quiet)
  let failures = 0
  let toldTenths = 0
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    if (stream.isTTY) progress.hide()
    stream.write(`${text}\n`)
  }
  const say = (input: string, output: unknown, text: string | undefined): void => {
    const line = json ? JSON.stringify({ input, output }) : text
    if (line !== undefined) write(process.stdout, line)
  }
  return {
    result: say,
    report: (input, output, text) => say(input, output, quiet ? undefined : text),
    detail: (input, output, text) => say(input, output, verbose && !quiet ? text : undefined),
    note(text) {
      if (!quiet && !json) write(process.stderr, text)
    },
    summary(summary) {
      if (json) write(process.stdout, JSON.stringify({ summary }))
    },
    failure(input, error) {
      failures++
      if (json) write(process.stdout, JSON.stringify({ input, error: { code: error.code, message: error.message } }))
      else write(process.stderr, `${colors.red('failed')} ${input}: ${error.message} ${colors.dim(`(${error.code})`)}`)
    },
    onProgress({ name, done, total, unit }) {
      if (total === undefined) return
      if (unit !== undefined) {
        progress.show(name, done, total, `${name} {bar} {value} of {total} ${unit}{left}`)
        // Work of a minute is told without a terminal too: a line for each tenth.
        const tenths = Math.floor((10 * done) / total)
        if (!process.stderr.isTTY && !quiet && !json && tenths > toldTenths) write(process.stderr, `${name}: ${done} of ${total} ${unit}`)
        toldTenths = tenths
      } else progress.show(name, done, total, `${name} {bar} {percentage} % of ${(total / 1e6).toFixed(1)} MB{left}`)
    },
    advance: (done, total, what = 'images') => progress.show(what, done, total, `${what} {bar} {value} of {total}{left}`),
    end: () => progress.end(),
    failures: () => failures,
  }
}

/** A line that says how far a piece of work is. */
interface ProgressBar {
  /** Shows a piece of work by its name; the line of another one goes, and so does that of one that is done. */
  show(name: string, done: number, total: number, format: string): void
  /** Takes the line away until it is shown again. */
  hide(): void
  /** Takes the line away, and forgets the pace. */
  end(): void
}

function createProgressBar(shown: boolean): ProgressBar {
  let work: { readonly name: string; readonly left: TimeLeft } | undefined
  let bar: cliProgress.SingleBar | undefined
  const hide = (): void => {
    bar?.stop()
    bar = undefined
  }
  const end = (): void => {
    hide()
    work = undefined
  }
  return {
    show(name, done, total, format) {
      if (!shown) return
      if (work?.name !== name) {
        end()
        work = { name, left: createTimeLeft() }
      }
      work.left.update(done)
      if (done >= total) {
        end()
        return
      }
      const seconds = work.left.seconds(total)
      const said = { left: seconds === undefined ? '' : `, ${describeTime(seconds)} left` }
      if (bar) bar.update(done, said)
      else {
        bar = new cliProgress.SingleBar(
          { format, stream: process.stderr, hideCursor: null, clearOnComplete: true },
          cliProgress.Presets.shades_classic,
        )
        bar.start(total, done, said)
      }
    },
    hide,
    end,
  }
}
