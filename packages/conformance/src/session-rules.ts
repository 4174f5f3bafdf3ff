import type { AnyTensor, OnnxModel, Runtime, Session } from '@dinokit/core'
import { holds, refuses, same } from './lib/expect.ts'
import type { Rule } from './rule.ts'

/** Tensors by name. */
type Tensors = Readonly<Record<string, AnyTensor>>

/** Inputs of a graph, and what it gives for them; both in the graph's order. */
export interface KnownRun {
  readonly feeds: Tensors
  readonly outputs: Tensors
}

/** Options of {@link sessionRules}. */
export interface SessionRulesOptions {
  readonly runtime: Pick<Runtime<never>, 'createSession'>
  /** Graph that sessions are made of. */
  readonly model: OnnxModel
  /** Two runs or more, the first two of inputs of different sizes; all of them overlap in turn. */
  readonly runs: readonly [KnownRun, KnownRun, ...KnownRun[]]
  /** Largest difference of a number from a known one. Default: none. */
  readonly tolerance?: number
  /** Inputs, one of which has a shape that the graph does not take. */
  readonly wrong: Tensors
}

/** Runs that overlap. */
const OVERLAPPING = 8

/**
 * Lists the rules of the contract for the sessions of a runtime, by a graph of the caller's: where a runtime has several ways to compute,
 * each is held by a graph that goes that way.
 *
 * @param options - the runtime, a graph, and what it is to give
 */
export function sessionRules({ runtime, model, runs, wrong, tolerance = 0 }: SessionRulesOptions): Rule[] {
  const [first, second] = runs
  const session = (): Promise<Session> => runtime.createSession(model)
  const isRight = (found: Tensors, { outputs }: KnownRun): boolean =>
    same(Object.keys(found).sort(), Object.keys(outputs).sort()) &&
    Object.entries(outputs).every(([name, expected]) => isNear(found[name]!, expected, tolerance))
  const answers = async (made: Session, run: KnownRun): Promise<boolean> => isRight(await made.run(run.feeds), run)
  return [
    {
      name: 'runs a graph on inputs of any size, and gives outputs that are the caller’s',
      async check() {
        await using made = await session()
        holds(made.contract === 1, 'Its sessions must speak contract 1.')
        holds(
          same(made.inputs, Object.keys(first.feeds)) && same(made.outputs, Object.keys(first.outputs)),
          'A session must name its inputs and outputs in order.',
        )
        holds(made.engine.name.length > 0 && made.engine.device.length > 0, 'A session must say what it runs on.')
        const feeds = copyOf(first.feeds)
        const found = await made.run(first.feeds)
        const kept = copyOf(found)
        holds(isRight(found, first), 'A run must give what is known of its inputs.')
        holds(await answers(made, second), 'A second run with another size must give its own output.')
        holds(same(found, kept), 'The first run’s output must still be what it was after the second.')
        holds(same(first.feeds, feeds), 'A run must leave its inputs as they are.')
      },
    },
    {
      name: 'takes inputs of shared memory',
      async check() {
        if (typeof SharedArrayBuffer !== 'function') return
        await using made = await session()
        const share = createSharing(runs)
        for (const { feeds, outputs } of runs)
          holds(
            await answers(made, { feeds: share(feeds), outputs }),
            'Inputs of shared memory must be read as they are when a run is asked for.',
          )
      },
    },
    {
      name: 'keeps runs that overlap apart',
      async check() {
        await using made = await session()
        const right = await Promise.all(Array.from({ length: OVERLAPPING }, (_, i) => answers(made, runs[i % runs.length]!)))
        holds(right.every(Boolean), 'Runs that overlap must each give their own output.')
      },
    },
    {
      name: 'disposal is safe twice, waits for runs, and says so afterwards',
      async check() {
        const made = await session()
        const running = answers(made, first)
        await Promise.all([made.dispose(), made.dispose()])
        holds(await running, 'A run that is under way must end as if nothing had happened.')
        await refuses(() => made.run(first.feeds), 'A run after disposal', 'disposed')
      },
    },
    {
      name: 'sessions do not disturb one another',
      async check() {
        const [a, b] = [await session(), await session()]
        await a.dispose()
        holds(await answers(b, first), 'A session must go on when another was disposed of.')
        await b.dispose()
      },
    },
    {
      name: 'refuses wrong inputs and canceled work by code, and goes on',
      async check() {
        await refuses(() => runtime.createSession(model, { signal: AbortSignal.abort() }), 'A session that was canceled', 'aborted')
        await using made = await session()
        await refuses(() => made.run({}), 'A run without inputs', 'session-failed')
        await refuses(() => made.run(wrong), 'An input of the wrong shape', 'session-failed')
        await refuses(() => made.run({}, { signal: AbortSignal.abort() }), 'A run that was canceled', 'aborted')
        const leaving = new AbortController()
        const running = made.run(first.feeds, { signal: leaving.signal })
        leaving.abort()
        await refuses(() => running, 'A run that was canceled while it was under way', 'aborted')
        holds(await answers(made, first), 'A session must go on after inputs that it refused.')
      },
    },
  ]
}

function isNear(found: AnyTensor, expected: AnyTensor, tolerance: number): boolean {
  if (found.dtype !== expected.dtype || !same(found.shape, expected.shape)) return false
  if (tolerance === 0) return same(found.data, expected.data)
  return expected.data.every((value, i) => Math.abs(Number(value) - Number(found.data[i])) <= tolerance)
}

function copyOf(tensors: Tensors): Tensors {
  return mapTensors(tensors, (data) => data.slice())
}

/** Makes what copies inputs into shared memory, the same for all runs: what one run was given is overwritten by the next. */
function createSharing(runs: readonly KnownRun[]): (feeds: Tensors) => Tensors {
  const lengths = runs.flatMap(({ feeds }) => Object.values(feeds).map(({ data }) => data.byteLength))
  const memory = new Map(Object.keys(runs[0]!.feeds).map((name) => [name, new SharedArrayBuffer(Math.max(...lengths))]))
  return (feeds) =>
    mapTensors(feeds, (data, name) => {
      const Numbers = data.constructor as Uint8ArrayConstructor
      const shared = new Numbers(memory.get(name)! as unknown as ArrayBuffer, 0, data.length)
      shared.set(data as Uint8Array)
      return shared
    })
}

function mapTensors(tensors: Tensors, change: (data: AnyTensor['data'], name: string) => AnyTensor['data']): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data, ...rest }]) => [name, { ...rest, data: change(data, name) } as AnyTensor]),
  )
}
