import { PRETRAIN_DEFAULTS, PRETRAIN_LAPTOP, type PretrainRecipe } from '@dinokit/train'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseCount, parsePositive, parseWhole } from './parse-options.ts'

/** Recipes by name. */
export const PRESETS = Object.freeze({ paper: PRETRAIN_DEFAULTS, laptop: PRETRAIN_LAPTOP })

/** A recipe's numbers: all but the seed, which every run has. */
export type RecipeNumber = Exclude<keyof PretrainRecipe, 'seed' | 'targets'>

const DESCRIPTIONS: Readonly<Record<RecipeNumber, string>> = {
  globalSize: 'side of the global crops in pixels',
  localSize: 'side of the local crops in pixels',
  locals: 'local crops per image',
  globalScale: 'share of the image’s area that global crops cover',
  localScale: 'share of the image’s area that local crops cover',
  batch: 'batch size',
  accumulate: 'gradient accumulation steps',
  learningRate: 'peak learning rate for 1024 images an update: multiplied by the root of batch * accumulate / 1024',
  lastLearningRate: 'learning rate at the end, multiplied likewise',
  warmUp: 'share of the run in which the learning rate rises',
  weightDecay: 'weight decay at the beginning and at the end',
  momentum: 'momentum of the teacher’s moving average, at the beginning and at the end',
  teacherTemperature: 'teacher temperature at the beginning and after its warm-up',
  temperatureWarmUp: 'share of the run in which the teacher temperature rises',
  studentTemperature: 'student temperature',
  frozenLastLayer: 'share of the run in which the head’s last layer is frozen',
  clip: 'gradient clipping norm, of backbone and head each',
  layerDecay: 'layer-wise learning rate decay: factor from each block to the one before',
  patchRate: 'factor of the patch projection’s learning rate',
  stochasticDepth: 'stochastic depth: probability that a branch of a block is dropped',
  dino: 'weight of the DINO loss',
  ibot: 'weight of the iBOT loss',
  koleo: 'weight of the KoLeo loss',
  maskShare: 'share of the global crops that are masked',
  maskRatio: 'share of a masked crop’s patches that are masked',
  prototypes: 'prototypes of the head',
  hidden: 'hidden width of the head',
  bottleneck: 'bottleneck width of the head',
}

/** Numbers that are whole and above 0; `locals` may be 0. */
const COUNTS: ReadonlySet<RecipeNumber> = new Set(['globalSize', 'localSize', 'batch', 'accumulate', 'prototypes', 'hidden', 'bottleneck'])

/** Adds an option for every number of the recipe. None has a default: what is not said is the preset’s. */
export function recipeOptions(command: Command): Command {
  command.addOption(new Option('--preset <name>', 'defaults of the options below').choices(Object.keys(PRESETS)).default('paper'))
  return recipeNumbers(command, Object.keys(DESCRIPTIONS) as RecipeNumber[], defaultsOf)
}

const TARGETS = ['sinkhorn', 'centering']

/** `centring` is how 0.0 wrote it. */
function parseTargets(value: string): string {
  const target = value === 'centring' ? 'centering' : value
  if (!TARGETS.includes(target)) throw new InvalidArgumentError(`Expected ${TARGETS.join(' or ')}.`)
  return target
}

/**
 * Adds `--targets`, and an option for each of some numbers of a recipe. None has a default.
 *
 * @param command - to add them to
 * @param names - of the numbers
 * @param defaultOf - what is said of a default
 */
export function recipeNumbers(
  command: Command,
  names: readonly RecipeNumber[],
  defaultOf: (name: RecipeNumber | 'targets') => string,
): Command {
  command.addOption(
    new Option('--targets <kind>', `centering of the teacher outputs, against collapse (${defaultOf('targets')})`)
      .choices(TARGETS)
      .argParser(parseTargets),
  )
  for (const name of names) {
    const description = DESCRIPTIONS[name]
    const pair = Array.isArray(PRETRAIN_DEFAULTS[name])
    const flag = `${flagOf(name)} <${pair ? 'a,b' : 'n'}>`
    const parse = pair ? parsePair : COUNTS.has(name) ? parseCount : name === 'locals' ? parseWhole : parsePositive
    command.addOption(new Option(flag, `${description} (${defaultOf(name)})`).argParser<unknown>(parse))
  }
  return command
}

/** `--local-size` of `localSize`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** The recipe that a command line asks for. */
export function recipeOf(
  options: Partial<PretrainRecipe> & { readonly preset: keyof typeof PRESETS; readonly seed: number },
): PretrainRecipe {
  return recipeBy(PRESETS[options.preset], options)
}

/** A recipe, with the numbers that were said in place of its own. */
export function recipeBy<Recipe extends object>(recipe: Recipe, said: Partial<Recipe>): Recipe {
  const given = Object.entries(said).filter(([name, value]) => name in recipe && value !== undefined)
  return { ...recipe, ...Object.fromEntries(given) }
}

function defaultsOf(name: keyof PretrainRecipe): string {
  const [paper, laptop] = [PRETRAIN_DEFAULTS[name], PRETRAIN_LAPTOP[name]].map(String) as [string, string]
  return paper === laptop ? `default: ${paper}` : `paper: ${paper}, laptop: ${laptop}`
}

/** `.04,.4`. */
function parsePair(text: string): readonly [number, number] {
  const values = text.split(',').map((part) => parsePositive(part))
  if (values.length === 2) return values as unknown as readonly [number, number]
  throw new InvalidArgumentError('Give two numbers, such as .04,.4.')
}
