import { CLASSIFIER_METHODS, DEFAULT_FOLDS } from '@dinokit/train/stored'
import { Option, type Command } from 'commander'
import { parseCount, parseFolds, parseLayers } from './parse-options.ts'
import { trainingOptions, type TrainingOptions } from './training-options.ts'

/** Options of `dinokit train classify`. */
export interface ClassifierOptions extends TrainingOptions {
  readonly method?: keyof typeof CLASSIFIER_METHODS
  readonly folds?: number
  readonly flip: boolean
  readonly balanced: boolean
  readonly hidden?: number
}

/** Adds the options of training a classifier. */
export function classifierOptions(command: Command): Command {
  return trainingOptions(command, 'classify.safetensors')
    .addOption(
      new Option(
        '--method <method>',
        'sweep: linear, by 13 learning rates side by side; logistic: regression with 45 penalties; mlp: one hidden layer (default: logistic without a validation split, else sweep)',
      ).choices(Object.keys(CLASSIFIER_METHODS)),
    )
    .addOption(
      new Option('--folds <n>', `number of cross-validation folds (default: ${DEFAULT_FOLDS}, without a validation split; not for sweep)`)
        .argParser(parseFolds)
        .conflicts(['validation', 'patience']),
    )
    .addOption(new Option('--layers <list>', 'CLS tokens of these layers (default: all layers of the store)').argParser(parseLayers))
    .addOption(new Option('--hidden <n>', 'width of the hidden layer (mlp; default: 256)').argParser(parseCount))
    .option('--flip', 'also train on flipped images (the store needs `index --flip`)', false)
    .option('--balanced', 'weight images so that every class counts the same', false)
}

/** Ends with the usage error of options that do not go together, before a store is opened. */
export function assertClassifierOptions(command: Command, { method, plot, patience, hidden }: ClassifierOptions): void {
  if (method === 'logistic' && (plot ?? patience) !== undefined)
    command.error('error: logistic regression has no epochs: --plot and --patience are for sweep and mlp.')
  if (method !== 'mlp' && hidden !== undefined) command.error('error: --hidden is for --method mlp.')
}
