import { tensor, type AnyTensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, gradients, type GraphBuilder, type Value } from '@dinokit/onnx'
import { createSession } from '#runtime'
import { goldenFolders, largestDifference, type Golden } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { dinoLoss, ibotLoss, koLeoLoss } from './self-supervised-losses.ts'
import { centerTeacherLogits, sinkhorn } from './teacher-targets.ts'

/** The issue's. */
const LIMIT = 1e-5
const TEMPERATURE = 0.05

const given = (of: Golden, name: string): AnyTensor => of[name] as AnyTensor
const float = (g: GraphBuilder, value: number): Value => g.constant(tensor('float32', Float32Array.of(value), []))

/** Writes a graph of the named tensors, runs it, and compares each of its outputs with the tensor of that name. */
async function agree(
  expected: Golden,
  inputs: readonly string[],
  write: (g: GraphBuilder, values: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>,
): Promise<void> {
  const g = createGraphBuilder('losses')
  const values = Object.fromEntries(inputs.map((name) => [name, g.input(name, 'float32', expected[name]!.shape)]))
  const outputs = write(g, values)
  for (const [name, value] of Object.entries(outputs)) g.output(`out:${name}`, value, 'float32', expected[name]!.shape)
  await using session = await createSession(encodeModel(g.build()))
  const results = await session.run(Object.fromEntries(inputs.map((name) => [name, given(expected, name)])))
  for (const name of Object.keys(outputs)) {
    const [actual, wanted] = [results[`out:${name}`]!.data as Float32Array, expected[name]!.data as Float32Array]
    expect(largestDifference(actual, wanted), name).toBeLessThanOrEqual(LIMIT)
  }
}

const one = (g: GraphBuilder, value: Value): Value => g.apply('Reshape', [value, g.integers(1)])
const stacked = (g: GraphBuilder, values: readonly Value[]): Value =>
  g.apply(
    'Concat',
    values.map((value) => g.apply('Unsqueeze', [value, g.integers(0)])),
    { axis: 0 },
  )

describe.each(goldenFolders)('values and gradients are PyTorch’s within 1e-5: $name/training/losses, ibot', (folder) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  test('holds for Sinkhorn-Knopp, and DINO’s loss on its targets', async () => {
    await agree(
      await folder.tensors('training/losses.safetensors'),
      ['dino.student0', 'dino.student1', 'dino.teacher0', 'dino.teacher1'],
      (g, values) => {
        const [student0, student1, teacher0, teacher1] = Object.values(values) as [Value, Value, Value, Value]
        const targets = [teacher0, teacher1].map((teacher) => sinkhorn(g, teacher, float(g, TEMPERATURE)))
        const loss = dinoLoss(g, stacked(g, [student0, student1]), stacked(g, targets))
        const [grad0, grad1] = gradients(g, loss, [student0, student1])
        return {
          'dino.sinkhorn0': targets[0]!,
          'dino.sinkhorn1': targets[1]!,
          'dino.loss': one(g, loss),
          'dino.grad0': grad0!,
          'dino.grad1': grad1!,
        }
      },
    )
  })

  test('holds for centering', async () => {
    await agree(await folder.tensors('training/losses.safetensors'), ['dino.teacher0', 'dino.center'], (g, values) => ({
      'dino.centered0': centerTeacherLogits(g, values['dino.teacher0']!, values['dino.center']!, float(g, TEMPERATURE)),
    }))
  })

  test('holds for KoLeo', async () => {
    await agree(await folder.tensors('training/losses.safetensors'), ['koleo.x'], (g, values) => {
      const loss = koLeoLoss(g, values['koleo.x']!)
      return { 'koleo.loss': one(g, loss), 'koleo.grad': gradients(g, loss, [values['koleo.x']!])[0]! }
    })
  })

  test('holds for iBOT', async () => {
    const expected = await folder.tensors('training/ibot.safetensors')
    await agree(expected, ['student', 'teacher', 'masksWeight'], (g, { student, teacher, masksWeight }) => {
      const targets = sinkhorn(g, teacher!, float(g, TEMPERATURE))
      const loss = ibotLoss(g, student!, targets, { weights: masksWeight!, crops: float(g, expected.mask!.shape[0]!) })
      return { sinkhorn: targets, loss: one(g, loss), 'grad.student': gradients(g, loss, [student!])[0]! }
    })
  })
})

test('keeps Sinkhorn-Knopp finite where exp alone would overflow, and where no row comes near a prototype', async () => {
  const g = createGraphBuilder('sinkhorn')
  g.output('q', sinkhorn(g, g.input('x', 'float32', [2, 3]), float(g, 0.01)), 'float32', [2, 3])
  await using session = await createSession(encodeModel(g.build()))
  const { q } = await session.run({ x: tensor('float32', Float32Array.of(20, 19.8, -20, 19.7, 19.9, -20), [2, 3]) })
  const [a, b, c, d, e, f] = q!.data as Float32Array
  expect(a! + b! + c!).toBeCloseTo(1, 6)
  expect(d! + e! + f!).toBeCloseTo(1, 6)
  expect([c, f]).toEqual([0, 0])
})
