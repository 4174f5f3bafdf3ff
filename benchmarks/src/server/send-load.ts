// Run by server.ts in a process of its own: sends the files of a folder from many connections for some seconds, and prints a Load as JSON.
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'

/** Job of the process, as its one argument in JSON. */
export interface LoadJob {
  readonly url: string
  readonly folder: string
  readonly connections: number
  readonly seconds: number
}

/** Answers to a load. */
export interface Load {
  /** Answers by status; `failed` are those that did not come. */
  readonly answers: Readonly<Record<string, number>>
  /** Seconds from the first request to the last answer. */
  readonly seconds: number
  /** Milliseconds of a good answer: the median and the 99th percentile. */
  readonly median: number
  readonly slow: number
  /** Seconds of processor time that this process took. */
  readonly processor: number
}

const job = JSON.parse(process.argv[2]!) as LoadJob
const files = readdirSync(job.folder).map((name) => readFileSync(join(job.folder, name)))
const agent = new Agent({ keepAlive: true, maxSockets: job.connections })
const answers: Record<string, number> = {}
const times: number[] = []
let next = 0

function send(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': body.length }
    const sent = request(job.url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function connection(until: number): Promise<void> {
  while (performance.now() < until) {
    const started = performance.now()
    const status = await send(files[next++ % files.length]!).catch(() => 'failed')
    answers[status] = (answers[status] ?? 0) + 1
    if (status === 200) times.push(performance.now() - started)
    else await new Promise((done) => setTimeout(done, 100))
  }
}

const started = performance.now()
const before = process.cpuUsage()
await Promise.all(Array.from({ length: job.connections }, () => connection(started + job.seconds * 1000)))
const { user, system } = process.cpuUsage(before)
times.sort((a, b) => a - b)
const load: Load = {
  answers,
  seconds: (performance.now() - started) / 1000,
  median: times[Math.floor(times.length / 2)] ?? 0,
  slow: times[Math.floor(times.length * 0.99)] ?? 0,
  processor: (user + system) / 1e6,
}
process.stdout.write(JSON.stringify(load))
process.exit(0)
