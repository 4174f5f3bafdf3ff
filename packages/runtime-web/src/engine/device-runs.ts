import { DinokitError, tensor, type AnyTensor } from '@dinokit/core'
import { createAbortGroup } from '@dinokit/runtime-kit'
import type * as Ort from 'onnxruntime-web'
import { allocate, bytesOf, destroy, readBack, roomFor } from './device-buffers.ts'
import { fromEngine, toEngine } from './engine-tensor.ts'
import { foreseeShapes, type Shapes } from './foresee-shapes.ts'
import { mapValues } from './map-values.ts'

/** A part of an output that a session's latest run left on the device, as an input: float32. */
interface DeviceFeed {
  readonly session: number
  readonly output: string
  readonly byteOffset: number
  readonly shape: readonly number[]
}

/** An input, in memory or on the device. */
export type Feed = AnyTensor | DeviceFeed

/** Outputs of a run. */
export interface OrtOutputs {
  /** Every output, in memory of its own. */
  readonly outputs: Record<string, AnyTensor>
  /** Those that lie on the device too. */
  readonly kept: readonly string[]
}

/** Runs of one session on WebGPU, one at a time. */
export interface DeviceRuns {
  /**
   * Runs it once.
   *
   * @param feeds - in memory, or on the device
   * @param keep - outputs to leave on the device too where that can be done, until the next run or the end
   */
  run(feeds: Readonly<Record<string, Feed>>, keep: readonly string[]): Promise<OrtOutputs>
  /** Releases the session, and what it left on the device. */
  end(): Promise<void>
}

type Feeds = Readonly<Record<string, Feed>>

/** Outputs of sessions' latest runs on the device, by session and output. */
const left = new Map<number, ReadonlyMap<string, GPUBuffer>>()

/**
 * Keeps a session's outputs on the device, and takes its inputs from there.
 *
 * onnxruntime's own way, `preferredOutputLocation`, leaves a session useless after one run that is refused: it never binds
 * inputs again. So outputs are written to buffers of ours. Their shapes must be known beforehand, and surely: after a run with
 * a buffer of another shape the engine hangs. So outputs are kept whose shapes the graph says, and said rightly in an earlier
 * run.
 *
 * @param ort - the engine
 * @param session - on WebGPU
 * @param id - of the session, on this thread
 */
export async function createDeviceRuns(ort: typeof Ort, session: Ort.InferenceSession, id: number): Promise<DeviceRuns> {
  const device = await ort.env.webgpu.device
  // Where the device is gone, the engine may never answer.
  const group = createAbortGroup()
  void device.lost.then(({ reason, message }) =>
    group.fail(new DinokitError('device-lost', 'The webgpu device was lost.', { given: message || reason, hint: 'Open the model again.' })),
  )
  /** Whether the graph was right about an output's shape, in every run so far. */
  const right = new Map<string, boolean>()

  const wrap = (buffer: GPUBuffer, shape: readonly number[]): Ort.Tensor =>
    ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [...shape] })

  /** Runs it with these buffers for some of its outputs. */
  const runWith = async (feeds: Feeds, shapes: Shapes, kept: ReadonlyMap<string, GPUBuffer>): Promise<Record<string, AnyTensor>> => {
    const borrowed = Object.values(feeds).filter((feed): feed is DeviceFeed => 'session' in feed)
    const sources = new Map(borrowed.map((feed) => [feed, left.get(feed.session)!.get(feed.output)!]))
    const parts = [...sources].filter(([{ byteOffset, shape }, { size }]) => byteOffset > 0 || roomFor(shape) < size)
    const lent = await allocate(
      device,
      parts.map(([{ shape }]) => shape),
    )
    try {
      const encoder = device.createCommandEncoder()
      parts.forEach(([feed, from], index) => {
        encoder.copyBufferToBuffer(from, feed.byteOffset, lent[index]!, 0, bytesOf(feed.shape))
        sources.set(feed, lent[index]!)
      })
      device.queue.submit([encoder.finish()])
      const inputs = mapValues(feeds, (feed) => ('data' in feed ? toEngine(ort, feed) : wrap(sources.get(feed)!, feed.shape)))
      const fetches = Object.fromEntries(session.outputNames.map((name): [string, Ort.Tensor | null] => [name, null]))
      for (const [name, buffer] of kept) fetches[name] = wrap(buffer, shapes[name]!)
      const results = await session.run(inputs, fetches)
      const names = [...kept.keys()]
      const values = await readBack(device, [...kept.values()])
      return mapValues(results, (result, name) => {
        const data = values[names.indexOf(name)]
        return data ? tensor('float32', new Float32Array(data, 0, bytesOf(result.dims) / 4), shapes[name]!) : fromEngine(result)
      })
    } finally {
      destroy(lent)
    }
  }

  const run: DeviceRuns['run'] = async (feeds, keep) => {
    const shapes = foreseeShapes(session, feeds)
    const names = keep.filter((name) => shapes[name] && right.get(name))
    // Where there is no room for them, they are not kept.
    const buffers = await allocate(
      device,
      names.map((name) => shapes[name]!),
    ).catch(() => [])
    const kept = new Map(buffers.map((buffer, index) => [names[index]!, buffer]))
    try {
      const outputs = await runWith(feeds, shapes, kept)
      destroy(left.get(id)?.values() ?? [])
      left.set(id, kept)
      for (const [name, said] of Object.entries(shapes))
        right.set(name, right.get(name) !== false && said.join() === outputs[name]!.shape.join())
      return { outputs, kept: [...kept.keys()] }
    } catch (error) {
      destroy(buffers)
      throw error
    }
  }

  return {
    run: (feeds, keep) => group.race(run(feeds, keep).catch(aTurnLater)),
    end() {
      destroy(left.get(id)?.values() ?? [])
      left.delete(id)
      return session.release()
    },
  }
}

/** Rejects a turn of the loop later: what is lost fails work too, in other words, and the loss is told first. */
function aTurnLater(cause: unknown): Promise<never> {
  return new Promise((_, reject) => setTimeout(reject, 0, cause))
}
