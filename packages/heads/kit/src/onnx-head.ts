import {
  bytesSource,
  DinokitError,
  type AnyTensor,
  type Head,
  type HeadHost,
  type HeadNeeds,
  type ModelCard,
  type Session,
  type Tokens,
} from '@dinokit/core'
import { describeModel } from '@dinokit/onnx'

/** Options of {@link onnxHead}. */
export interface OnnxHeadOptions<Result, Options = object> {
  /** Names it in messages. Default `onnx`. */
  readonly name?: string
  /** Path or address of a `.onnx` file that holds its weights itself, or its bytes. */
  readonly model: string | Uint8Array
  /** Outputs that it needs of the backbone beside the final tokens. Default: nothing. */
  readonly needs?: HeadNeeds
  /** Why it does not fit a model, as a sentence; undefined where it does. */
  incompatibility?(card: ModelCard): string | undefined
  /** The tensors that the file's inputs are fed, by their names. */
  inputs(tokens: Tokens, options: Options): Readonly<Record<string, AnyTensor>>
  /** The answer, from the file's outputs by their names. */
  decode(outputs: Readonly<Record<string, AnyTensor>>, tokens: Tokens, options: Options): Result
}

/**
 * An ONNX file as a head.
 *
 * @param options - the file, what its inputs are fed, and what its outputs mean
 */
export function onnxHead<Result, Options = object>(options: OnnxHeadOptions<Result, Options>): Head<Options, Result> {
  const { name = 'onnx', needs = {}, model } = options
  return {
    contract: 1,
    name,
    ...(options.incompatibility && { incompatibility: (card) => options.incompatibility!(card) }),
    async attach(host) {
      const graph = await readModel(host, model)
      const { externalFiles } = describeModel(graph, name)
      if (externalFiles.length > 0) {
        throw new DinokitError('model-unsupported', `The head ${name} keeps its weights in ${externalFiles.join(', ')}.`, {
          expected: 'an ONNX file that holds its weights itself',
        })
      }
      const session = await host.runtime.createSession({ graph }, { ...(host.signal && { signal: host.signal }) })
      return {
        needs,
        async answer(tokens, given, { signal }) {
          const feeds = options.inputs(tokens, given)
          assertInputs(name, session, feeds)
          return options.decode(await session.run(feeds, { ...(signal && { signal }) }), tokens, given)
        },
        dispose: () => session.dispose(),
      }
    },
  }
}

async function readModel({ runtime, signal, onProgress }: HeadHost, model: string | Uint8Array): Promise<Uint8Array> {
  const asset = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const source =
    typeof model !== 'string'
      ? bytesSource('the head', model)
      : await runtime.readAsset(/^https?:/i.test(model) ? { kind: 'url', url: model } : { kind: 'file', path: model }, asset)
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

function assertInputs(name: string, { inputs }: Session, feeds: Readonly<Record<string, AnyTensor>>): void {
  const given = Object.keys(feeds)
  if (given.length === inputs.length && inputs.every((input) => given.includes(input))) return
  throw new DinokitError('head-failed', `The head ${name} was fed ${given.join(', ') || 'nothing'}.`, {
    given: given.join(', '),
    expected: inputs.join(', '),
    hint: 'inputs() must give a tensor for each of the file’s inputs, by its name.',
  })
}
