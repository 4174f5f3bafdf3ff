import { spawn, type ChildProcess } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import type { Plugin } from 'vite'
import { TYPESCRIPT } from '../../packages/testing/src/typescript/index.ts'

/** The command, from its sources and from the root. */
const COMMAND = [...TYPESCRIPT, 'packages/cli/src/bin.ts', 'serve', '--port', '0', '--heads', 'classification']

/** Starts a `dinokit serve` beside the page in which tests run, no earlier than a test asks: at `/test-server` it learns its origin. */
export function testServer(): Plugin {
  let child: ChildProcess | undefined
  let starting: Promise<string> | undefined
  const start = (origin: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const started = spawn(process.execPath, [...COMMAND, '--origin', origin], { stdio: ['ignore', 'ignore', 'pipe'] })
      child = started
      let said = ''
      started.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const found = /Listening at (\S+)/.exec(said)
        if (found) resolve(found[1]!)
      })
      started.on('exit', () => reject(new Error(said)))
    })
  return {
    name: 'test-server',
    configureServer(vite) {
      vite.middlewares.use('/test-server', (request, response: ServerResponse) => {
        starting ??= start(`http://${request.headers.host}`)
        starting.then(
          (origin) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ origin })),
          (error: unknown) => response.writeHead(500).end(String(error)),
        )
      })
    },
    closeBundle: () => void child?.kill(),
  }
}
