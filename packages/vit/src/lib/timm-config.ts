import { DinokitError, type CardFields } from '@dinokit/core'
import type { Config } from './huggingface-config.ts'
import { activationOf } from './known-card.ts'
import { TIMM_ARCHITECTURES, TIMM_VERSION } from './timm-architectures.generated.ts'

/** Whether a config.json is one that timm wrote: it names an architecture. */
export function isOfTimm(config: Config): config is Config & { readonly architecture: string } {
  return typeof config.architecture === 'string'
}

/**
 * Reads what timm's config.json says of a backbone: by the name of its architecture, and by the arguments that changed it.
 *
 * @param file - for messages
 * @param config - parsed
 * @param dim - width of the file's tokens
 * @throws DinokitError `model-unsupported` where an argument names an unknown activation
 */
export function timmFields(file: string, config: Config & { readonly architecture: string }, dim: number): CardFields {
  const { architecture, model_args: given } = config
  const known = TIMM_ARCHITECTURES.find(({ names }) => ` ${names}`.includes(` ${architecture} `))
  const args = (typeof given === 'object' && given !== null ? given : {}) as Config
  // Code may make another network of an architecture than the configuration says: of UNI2-h the arguments are in its model card alone.
  const described = known?.dim === dim || typeof args.embed_dim === 'number'
  const { num_heads: heads = described ? known?.heads : undefined, act_layer: act } = args
  const activation = typeof act === 'string' ? activationOf(act) : known?.activation
  if (typeof act === 'string' && !activation) {
    throw new DinokitError('model-unsupported', `The config.json of ${file} names an activation that dinokit does not have: ${act}.`, {
      given: `act_layer ${act}`,
      expected: 'gelu, gelu_tanh, quick_gelu, silu or relu',
    })
  }
  return {
    interpolation: 'antialias',
    ...(typeof heads === 'number' && { heads }),
    ...(known && { eps: known.eps }),
    ...(activation && { activation }),
  }
}

/**
 * Refuses a model without a class token whose vector is not the mean of its patches.
 *
 * @param file - for messages
 * @param config - parsed
 * @throws DinokitError `model-unsupported`
 */
export function assertPooling(file: string, { global_pool: pool, model_args: args }: Config): void {
  if ((args as Config | undefined)?.pool_include_prefix === true) {
    throw new DinokitError('model-unsupported', `The config.json of ${file} takes registers into the mean of the patches.`, {
      given: 'pool_include_prefix true, and no class token',
      expected: 'pool_include_prefix false',
      hint: 'Where you need the tokens of its patches alone, set pool_include_prefix to false in a copy of the config.json.',
    })
  }
  if (typeof pool !== 'string' || ['avg', 'token', ''].includes(pool)) return
  throw new DinokitError('model-unsupported', `The config.json of ${file} pools by ${pool}, and there is no class token.`, {
    given: `global_pool ${pool}`,
    expected: 'global_pool avg',
    hint: 'Where you need the tokens of its patches alone, set global_pool to "avg" in a copy of the config.json.',
  })
}

/** Names an architecture that is not in the table, for messages. */
export function unknownArchitecture(config: Config): string | undefined {
  if (!isOfTimm(config) || TIMM_ARCHITECTURES.some(({ names }) => ` ${names}`.includes(` ${config.architecture} `))) return undefined
  return `timm ${TIMM_VERSION} has no vision transformer ${config.architecture}`
}
