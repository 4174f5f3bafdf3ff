import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server of a queue, of a test's own. */
export interface QueueServer {
  readonly address: string
  /** Kills it, as kill -9 does, and starts it again on what it had written. */
  restart(): Promise<void>
  /** Ends it, and keeps what it had written. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Makes a user with a password, who may do all. */
  addUser(password: string): Promise<void>
  /** Address with that user and a password, right or wrong. */
  addressBy(password: string): string
  /** Ends it, and removes all of it. */
  close(): Promise<void>
}

/** Name of the user with a password. */
const USER = 'guarded'

const POSTGRES = ['/usr/lib/postgresql/17/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/15/bin'].find((path) => existsSync(path))

/** Whether redis-server is installed. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
/** Whether PostgreSQL is installed as Debian does. */
export const hasPostgres = POSTGRES !== undefined

/** Starts redis-server, which writes each command to a file before it answers. */
export async function startRedis(): Promise<QueueServer> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-redis-'))
  const port = await freePort()
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--maxmemory-policy',
    'noeviction',
  ]
  return serverOf(`redis://127.0.0.1:${port}`, folder, port, () => spawn('redis-server', args, { stdio: 'ignore' }))
}

/** Starts PostgreSQL, which does not run as root: there, as the user postgres. */
export async function startPostgres(): Promise<QueueServer> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-postgres-'))
  const port = await freePort()
  const root = userInfo().uid === 0
  const as = (program: string, ...args: string[]): [string, string[]] =>
    root ? ['runuser', ['-u', 'postgres', '--', join(POSTGRES!, program), ...args]] : [join(POSTGRES!, program), args]
  if (root) {
    await chmod(folder, 0o777)
    spawnSync('chown', ['postgres', folder])
  }
  const data = join(folder, 'data')
  const made = spawnSync(...as('initdb', '-D', data, '-U', 'dinokit', '-A', 'trust', '--no-sync'), { cwd: folder, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const access = join(data, 'pg_hba.conf')
  await writeFile(access, `host all ${USER} all scram-sha-256\n${await readFile(access, 'utf8')}`)
  const args = as('postgres', '-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200')
  return serverOf(`postgres://dinokit@127.0.0.1:${port}/postgres`, folder, port, () =>
    spawn(...args, { cwd: folder, stdio: 'ignore', detached: true }),
  )
}

/** Engines of queues, each with whether it is installed, and how it is started. */
export const ENGINES = [
  { engine: 'Redis', there: hasRedis, start: startRedis },
  { engine: 'PostgreSQL', there: hasPostgres, start: startPostgres },
] as const

async function serverOf(address: string, folder: string, port: number, launch: () => ChildProcess): Promise<QueueServer> {
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = launch()
    for (let tries = 0; !(await answers(port)); tries++) {
      if (tries > 1800) throw new Error(`${address} does not start`)
      await sleep(100)
      // The processes of one that was killed may hold its memory for a moment.
      if (child.exitCode !== null) child = launch()
    }
    // PostgreSQL listens before it takes questions.
    if (address.startsWith('postgres')) await sleep(300)
  }
  const stop = async (signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> => {
    const ended = child
    child = undefined
    if (ended?.exitCode !== null) return
    const closed = once(ended, 'close')
    // PostgreSQL's processes are a group of their own, whose parent runuser is.
    if (address.startsWith('postgres')) process.kill(-ended.pid!, signal === 'SIGKILL' ? 'SIGKILL' : 'SIGINT')
    else ended.kill(signal)
    await closed
    while (await answers(port)) await sleep(50)
  }
  await start()
  return {
    address,
    start,
    stop,
    async addUser(password) {
      if (address.startsWith('redis')) {
        const redis = new Redis(address)
        await redis.acl('SETUSER', USER, 'on', `>${password}`, '~*', '&*', '+@all')
        redis.disconnect()
        return
      }
      const client = new pg.Client({ connectionString: address })
      await client.connect()
      await client.query(`CREATE ROLE ${USER} LOGIN SUPERUSER PASSWORD '${password}'`)
      await client.end()
    },
    addressBy: (password) => address.replace(/\/\/(?:\w+@)?/, `//${USER}:${password}@`),
    async restart() {
      await stop('SIGKILL')
      await start()
    },
    async close() {
      await stop('SIGKILL')
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    const end = (answer: boolean): void => {
      socket.destroy()
      done(answer)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
