import { headRules } from '@dinokit/conformance'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { createRuntime, findModelCard, tensor, type AttachedHead, type Head, type PixelMap, type Tokens } from 'dinokit'
import { expect, test } from 'vitest'

// A head that breaks a rule fails the suite with a sentence that says which.
const runtime = createRuntime()
const card = findModelCard('tiny')

const good: Omit<AttachedHead, 'answer'> & { answer(tokens: Tokens): unknown } = {
  needs: {},
  answer: ({ cls }) => ({ sum: cls.data.reduce((a, b) => a + b) }),
}
const head =
  (attached: Partial<typeof good>): (() => Head) =>
  () => ({
    contract: 1,
    name: 'broken',
    attach: () => ({ ...good, ...attached }),
  })

/** The sentences with which the suite fails, by the rules' names. */
async function failures(make: () => Head): Promise<Record<string, string>> {
  const failed: Record<string, string> = {}
  for (const { name, check } of headRules({ head: make, runtime, card })) {
    try {
      await check()
    } catch (error) {
      failed[name] = (error as Error).message
    }
  }
  return failed
}

test('finds no rule broken by a good head', async () => {
  expect(await failures(head({}))).toEqual({})
})

const shared = tensor('float32', new Float32Array(3), [3])
let calls = 0
let busy = 0
const mapOf = (height: number, width: number): PixelMap => ({
  dtype: 'float32',
  data: new Float32Array(height * width),
  shape: [height, width],
  unit: 'm',
  unknown: 0,
})

test.each<[string, () => Head, rule: RegExp, sentence: RegExp]>([
  [
    'speaks another contract',
    () => ({ ...head({})(), contract: 2 as never }),
    /contract 1/,
    /must speak contract 1, and "broken" speaks 2/,
  ],
  ['has no name', () => ({ ...head({})(), name: ' ' }), /has a name/, /must have a name/],
  [
    'gives no sentence',
    () => ({ ...head({})(), incompatibility: ({ architecture }) => (architecture.dim === 192 ? undefined : 'no') }),
    /does not fit/,
    /sentence/,
  ],
  [
    'crashes on another model',
    head({ answer: ({ cls }) => (cls.shape[0] === 192 ? { ok: 1 } : (undefined as unknown as Tokens).cls) }),
    /does not fit/,
    /width 384 .* by a DinokitError, or serve it/,
  ],
  ['needs what is not there', head({ needs: { layers: [13] } }), /needs only/, /layers from 1 to 12, and needs 13/],
  [
    'throws',
    head({
      answer: () => {
        throw new TypeError('oops')
      },
    }),
    /for whole/,
    /for whole: .*oops/,
  ],
  ['answers NaN', head({ answer: () => ({ score: NaN }) }), /for crop/, /NaN for score/],
  [
    'answers with the wrong shape',
    head({ answer: () => ({ t: { dtype: 'float32', data: new Float32Array(3), shape: [2, 2] } }) }),
    /for whole/,
    /shape \[2, 2\] and 3 elements/,
  ],
  [
    'answers in the input’s pixels',
    head({ answer: ({ placement: { input } }) => ({ meters: mapOf(input.height, input.width) }) }),
    /for padding/,
    /\[30, 50\]/,
  ],
  [
    'forgets that images may be small',
    head({ answer: ({ patches }) => ({ second: patches.data[192]! * 2 }) }),
    /one pixel/,
    /NaN for second/,
  ],
  ['writes into the tokens', head({ answer: ({ cls }) => ({ first: (cls.data[0] = 5) }) }), /leaves the tokens/, /other heads read them/],
  ['answers differently each time', head({ answer: () => ({ calls: calls++ }) }), /equal answers/, /equal answers for equal tokens/],
  ['keeps its answer', head({ answer: () => ({ shared }) }), /belong to the caller/, /writing into one changed another/],
  [
    'mixes answers up',
    head({
      answer: async ({ cls }) => {
        busy = cls.data[0]!
        await Promise.resolve()
        return { first: busy }
      },
    }),
    /overlap/,
    /keep answers that overlap apart/,
  ],
  ['answers with a function', head({ answer: () => ({ at: () => 1 }) }), /plain data/, /plain data/],
  [
    'leaves its session behind',
    () => ({
      contract: 1,
      name: 'broken',
      async attach(host) {
        const g = createGraphBuilder('copy')
        g.output('y', g.apply('Identity', [g.input('x', 'float32', [192])]), 'float32', [192])
        const session = await host.runtime.createSession(encodeModel(g.build()))
        return { needs: {}, answer: async ({ cls }) => session.run({ x: cls }) }
      },
    }),
    /disposes of what it owns/,
    /dispose of the sessions that it made: 2 are left/,
  ],
  [
    'disposes twice',
    () => ({
      contract: 1,
      name: 'broken',
      attach() {
        let ended = false
        return {
          ...good,
          dispose() {
            if (ended) throw new Error('already freed')
            ended = true
          },
        }
      },
    }),
    /twice/,
    /already freed/,
  ],
])('names the rule that is broken by a head that %s', async (_, make, rule, sentence) => {
  const failed = await failures(make)
  const broken = Object.keys(failed).find((name) => rule.test(name))
  expect(broken, JSON.stringify(failed)).toBeDefined()
  expect(failed[broken!]).toMatch(sentence)
})
