// Opens a model of 3 MB beside its graph, and says what the library said. `tsx open-large-model.ts TMPDIR`
import { DinokitError } from '@dinokit/core'
import { createSession } from '../engine/create-session.ts'

const weights = new Uint8Array(3_000_000)
const model = {
  graph: new Uint8Array(1000),
  weights: {
    location: 'weights.bin',
    byteLength: weights.length,
    async *chunks() {
      yield weights
    },
  },
}
// Not before: tsx makes a folder of its own there.
process.env.TMPDIR = process.argv[2]
const error = await createSession(model).catch((cause: unknown) => cause)
process.stdout.write(JSON.stringify(DinokitError.is(error) ? { code: error.code, message: error.message } : { code: String(error) }))
process.exit()
