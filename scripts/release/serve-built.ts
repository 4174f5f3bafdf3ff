import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join } from 'node:path'

const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' data:"
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
}

/**
 * Serves a folder under a strict content security policy.
 *
 * @param folder - with an index.html
 * @param headers - more headers of every answer
 * @returns the server, which listens on a free port of localhost; whoever asked for it closes it
 */
export async function serveBuilt(folder: string, headers: Readonly<Record<string, string>> = {}): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname
    const file = join(folder, path === '/' ? 'index.html' : path)
    if (!existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY, ...headers }).end(readFileSync(file))
  })
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  return server
}
