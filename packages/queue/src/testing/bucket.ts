import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openS3 } from '../storage/s3-client.ts'
import { freePort } from './servers.ts'

/** A bucket of a server of one's own; the environment says where it is. */
export interface TestBucket {
  /** Its address, such as `s3://bucket`. */
  readonly address: string
  /** Puts the files of a folder below a key. */
  upload(folder: string, below: string): Promise<void>
  close(): Promise<void>
}

/**
 * Starts moto's server, which keeps to conditional puts, with one bucket, and sets the environment.
 *
 * @param command - `moto_server`, from `pip install "moto[server]"`
 */
export async function startBucket(command: string): Promise<TestBucket> {
  const port = await freePort()
  const server = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_REGION: 'us-east-1',
  })
  while (!(await fetch(endpoint).catch(() => undefined))) await sleep(200)
  const { CreateBucketCommand, PutObjectCommand } = await import('@aws-sdk/client-s3')
  const client = await openS3()
  await client.send(new CreateBucketCommand({ Bucket: 'bench' }))
  return {
    address: 's3://bench',
    async upload(folder, below) {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        await client.send(
          new PutObjectCommand({ Bucket: 'bench', Key: `${below}${path.slice(folder.length)}`, Body: await readFile(path) }),
        )
      }
    },
    async close() {
      client.destroy()
      server.kill('SIGKILL')
      await once(server, 'close')
    },
  }
}

/** Starts s3rver, which does not look at the conditions of puts, with one bucket, and sets the environment. */
export async function startLaxBucket(): Promise<Pick<TestBucket, 'address' | 'close'>> {
  const { default: S3rver } = await import('s3rver')
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bucket-'))
  const port = await freePort()
  const server = new S3rver({
    port,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'bucket', configs: [] }],
  })
  await server.run()
  const before = { ...process.env }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
  })
  return {
    address: 's3://bucket/photos',
    async close() {
      process.env = before
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}
