import { flakyServer } from '@dinokit/testing/flaky-server'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkSilentAddresses } from './testing/check-silent-addresses.ts'
import { runDinokit } from '../../cli/src/testing/run-dinokit.ts'

const IMAGES = fileURLToPath(new URL('../../../examples/first-look/images/', import.meta.url))

let server: Server
let base: string
beforeAll(async () => {
  server = createServer((request, response) => flakyServer(request, response, () => response.writeHead(404).end()))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

checkSilentAddresses(() => base)

test.each(['embed', 'classify'])(
  'answers by %s what is there while an address keeps silent, and names one that is not an address',
  async (command) => {
    const silent = `${base}/flaky/${command}?status=404&after=${encodeURIComponent(`/flaky/${command}-last`)}`
    const last = `${base}/flaky/${command}-last?status=404`
    const run = await runDinokit([command, silent, 'https://', 'chelsea.jpg', last, '--json'], { cwd: IMAGES })
    expect(run.code).toBe(1)
    const said = run.lines().map(({ input, error }) => [input, error?.code])
    expect(said.slice(0, 2)).toEqual([
      ['https://', 'invalid-option'],
      ['chelsea.jpg', undefined],
    ])
    expect(said.slice(2).sort()).toEqual(
      [
        [silent, 'file-not-found'],
        [last, 'file-not-found'],
      ].sort(),
    )
  },
)
