/** Flags that 0.1 renamed; the old ones are accepted until 0.2. */
const RENAMED_FLAGS: Readonly<Record<string, string>> = Object.freeze({
  '--patch-mean': '--mean-patch-token',
  '--raw-layers': '--no-layer-norm',
  '--curve': '--plot',
  '--memory': '--cache-mb',
  '--minutes': '--max-minutes',
  '--knn-minutes': '--eval-every-minutes',
})

/** A command line by today's names, and a line for each name that was an old one. */
export interface CurrentArguments {
  readonly args: readonly string[]
  readonly hints: readonly string[]
}

/**
 * Replaces names of flags and commands that were renamed: all that follows `--` is left as it is.
 *
 * @param args - what follows `dinokit` on the command line
 */
export function currentArguments(args: readonly string[]): CurrentArguments {
  const hints = new Set<string>()
  const rename = (old: string, now: string): string => {
    hints.add(`hint: ${old} is now called ${now}; the old name will be removed in 0.2.`)
    return now
  }
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const renamed = args.slice(0, end).map((arg) => {
    const [, flag = '', value = ''] = /^(--[^=]*)(=.*)?$/s.exec(arg) ?? []
    const now = Object.hasOwn(RENAMED_FLAGS, flag) ? RENAMED_FLAGS[flag] : undefined
    return now === undefined ? arg : `${rename(flag, now)}${value}`
  })
  // What a depth head predicts; --output is an output of the model, as in all commands.
  const isDepth = renamed.some((arg, at) => arg === 'train' && renamed[at + 1] === 'depth')
  for (const [at, arg] of renamed.entries()) {
    if (isDepth && /^--output=(log|bins)$/.test(arg)) renamed[at] = arg.replace('--output', rename('--output', '--prediction'))
    if (isDepth && arg === '--output' && /^(log|bins)$/.test(renamed[at + 1] ?? '')) renamed[at] = rename('--output', '--prediction')
  }
  const models = renamed.indexOf('models')
  if (models >= 0 && renamed.slice(0, models).every((arg) => arg.startsWith('-')) && renamed[models + 1] === 'where') {
    rename('models where', 'models path')
    renamed[models + 1] = 'path'
  }
  return { args: [...renamed, ...args.slice(end)], hints: [...hints] }
}
