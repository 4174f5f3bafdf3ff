import { serveLocally } from '@dinokit/testing/serve-locally'
import { expect, test } from 'vitest'
import { createByteBudget } from '../work/byte-budget.ts'
import { createFetcher, type FetcherOptions } from './fetch-address.ts'
import { isPublicAddress } from './public-address.ts'

const never = new AbortController().signal
const budget = createByteBudget(10_000)
const HERE = '127.0.0.1'

/** A fetcher whose tests have this machine alone: 127.0.0.1 stands for a public address, and 127.0.0.2 is none. */
function fetcher(of: Partial<FetcherOptions> & Pick<FetcherOptions, 'hosts'>): ReturnType<typeof createFetcher> {
  return createFetcher({ budget, most: 1000, resolve: async () => [HERE], isAllowed: (address) => address === HERE, ...of })
}

test.each([
  ['93.184.216.34', true],
  ['2606:4700::1111', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['ff02::1', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:93.184.216.34', true],
  ['64:ff9b::a00:1', false],
  ['2002:a00:1::', false],
  ['nonsense', false],
])('says whether %s is public', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic)
})

test('fetches from an allowed host, at the address that was checked', async () => {
  await using server = await serveLocally((_, response) => response.end('bytes of an image'))
  const { port } = new URL(server.origin)
  const asked: string[] = []
  const from = fetcher({ hosts: [`images.example:${port}`], resolve: async (host) => (asked.push(host), [HERE]) })
  const { name, bytes } = await from.fetch(`http://images.example:${port}/a.jpg`, never)
  expect([name, bytes.toString(), asked]).toEqual([`The image at images.example:${port}`, 'bytes of an image', ['images.example']])
  expect(server.asked[0]!.headers.host).toBe(`images.example:${port}`)
  budget.give(bytes.length)
  expect(budget.taken()).toBe(0)
  await from.close()
})

test.each([
  ['one private address among public ones', [HERE, '127.0.0.2']],
  ['a private address alone', ['10.0.0.1']],
  ['no address', []],
])('refuses a name that has %s, before anything is sent', async (_, addresses) => {
  await using server = await serveLocally()
  const host = `images.example:${new URL(server.origin).port}`
  const from = fetcher({ hosts: [host], resolve: async () => addresses })
  await expect(from.fetch(`http://${host}/a.jpg`, never)).rejects.toMatchObject({ code: 'not-allowed' })
  expect(server.asked).toEqual([])
  await from.close()
})

test.each([
  ['http://other.example/a.jpg', 'not-allowed'],
  ['http://127.0.0.2/a.jpg', 'not-allowed'],
  ['http://images.example:81/a.jpg', 'not-allowed'],
  ['http://images.example.evil.example/a.jpg', 'not-allowed'],
  ['http://user:secret@images.example/a.jpg', 'invalid-option'],
  ['file:///etc/hostname', 'invalid-option'],
  ['data:image/png;base64,AA', 'invalid-option'],
  ['photo.jpg', 'invalid-option'],
])('refuses %s', async (address, code) => {
  const from = fetcher({ hosts: ['images.example', '*.cdn.example', '127.0.0.2'] })
  await expect(from.fetch(address, never)).rejects.toMatchObject({ code })
  await from.close()
})

test('follows redirects to allowed hosts alone, and checks their addresses anew', async () => {
  let to = ''
  await using server = await serveLocally((request, response) =>
    request.url === '/start' ? response.writeHead(302, { location: to }).end() : response.end('found'),
  )
  const { port } = new URL(server.origin)
  const resolve = async (host: string): Promise<string[]> => (host === 'inside.example' ? ['127.0.0.2'] : [HERE])
  const from = fetcher({ hosts: [`images.example:${port}`, `inside.example:${port}`, `127.0.0.2:${port}`], resolve })
  const start = `http://images.example:${port}/start`
  const goes = (location: string): Promise<unknown> => {
    to = location
    return from.fetch(start, never)
  }
  expect(await goes('/image')).toMatchObject({ bytes: Buffer.from('found') })
  for (const refused of [`http://inside.example:${port}/`, `http://127.0.0.2:${port}/`, `http://other.example:${port}/`])
    await expect(goes(refused)).rejects.toMatchObject({ code: 'not-allowed' })
  await expect(goes('/start')).rejects.toMatchObject({ code: 'download-failed' })
  await from.close()
})

test('refuses what is too large, and what the server does not have', async () => {
  await using server = await serveLocally()
  const host = new URL(server.origin).host
  const from = fetcher({ hosts: [host], most: 500 })
  await expect(from.fetch(`http://${host}/flaky/large?size=501`, never)).rejects.toMatchObject({ code: 'image-too-large' })
  await expect(from.fetch(`http://${host}/flaky/none?status=404`, never)).rejects.toMatchObject({ code: 'download-failed' })
  await from.close()
})
