import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { remoteImages } from './remote-images.ts'

test('lists addresses of a file, and names a line that is not one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-list-'))
  const list = join(folder, 'list.txt')
  await writeFile(list, '# photos\nhttps://example.com/a.jpg\r\n\n s3://bucket/b.png \n')
  expect(await all(remoteImages(list))).toEqual([
    { id: 'example.com/a.jpg', source: 'https://example.com/a.jpg' },
    { id: 'bucket/b.png', source: 's3://bucket/b.png' },
  ])
  await writeFile(list, 'https://example.com/a.jpg\nphotos/b.jpg\n')
  await expect(all(remoteImages(list))).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringContaining('Line 2') as string,
  })
  await expect(all(remoteImages(join(folder, 'none.txt')))).rejects.toMatchObject({ code: 'file-not-found' })
  await rm(folder, { recursive: true })
})

async function all<T>(some: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of some) found.push(one)
  return found
}
