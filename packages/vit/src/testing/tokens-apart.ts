import { tensor } from '@dinokit/core'
import { createSession, type EngineOptions } from '@dinokit/runtime-web'
import { golden, largestDifference, sharedGoldens } from '@dinokit/testing'
import { openGolden } from './open-golden.ts'

/**
 * The largest difference between the tokens of one golden batch by an engine of the browser and the reference's.
 *
 * @param variant - of the golden backbones
 * @param engine - how onnxruntime is to work
 */
export async function tokensApart(variant: string, engine: EngineOptions): Promise<number> {
  const backbone = await openGolden(sharedGoldens, variant, 'meta.pth', 'meta')
  const graph = backbone.graph({ attention: [1] })
  await using session = await createSession(graph.model, engine)
  const { pixels, cls, patches } = await golden(`backbone/${variant}/70x70.safetensors`)
  const batch = pixels!.shape[0]!
  const outputs = await session.run(graph.feeds(tensor('uint8', pixels!.data as Uint8Array, pixels!.shape)))
  const tokens = graph.read(outputs, batch, [5, 5])
  const join = (part: (of: (typeof tokens)[number]) => Float32Array): number[] => tokens.flatMap((of) => [...part(of)])
  return Math.max(
    largestDifference(
      join((of) => of.cls.data),
      cls!.data as Float32Array,
    ),
    largestDifference(
      join((of) => of.patches.data),
      patches!.data as Float32Array,
    ),
  )
}
