import type { AnnotatedRow } from '@dinokit/train/stored'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findAnnotations } from './find-annotations.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

const row = (id: string): AnnotatedRow => ({ id }) as AnnotatedRow

test('finds annotations whose letters are composed otherwise than their images’', async () => {
  const maps = join(folder, 'letters')
  await mkdir(maps)
  await writeFile(join(maps, 'caf\u00e9.png'), '')
  await writeFile(join(maps, 'u\u0308ber.labels.png'), '')
  const files = await findAnnotations([maps])
  expect(files.of(row('images/cafe\u0301.jpg'))).toBe(join(maps, 'caf\u00e9.png'))
  expect(files.of(row('images/\u00fcber.jpg'))).toBe(join(maps, 'u\u0308ber.labels.png'))
})

test.skipIf(process.platform === 'win32')(
  'finds annotations that links lead to, each folder once, and names what it can’t look into',
  async () => {
    const maps = join(folder, 'links')
    await mkdir(join(maps, 'own'), { recursive: true })
    await mkdir(join(folder, 'elsewhere'))
    await writeFile(join(maps, 'own', 'a.png'), '')
    await writeFile(join(folder, 'elsewhere', 'b.png'), '')
    await symlink(join(folder, 'elsewhere'), join(maps, 'linked'))
    await symlink(join(folder, 'elsewhere', 'b.png'), join(maps, 'c.png'))
    await symlink('..', join(maps, 'own', 'up'))
    const files = await findAnnotations([maps])
    expect(files.count).toBe(3)
    expect(files.of(row('b.jpg'))).toBe(join(maps, 'linked', 'b.png'))
    await symlink('circle', join(maps, 'circle'))
    await expect(findAnnotations([maps])).rejects.toMatchObject({ code: 'file-unreadable', details: { given: join(maps, 'circle') } })
    await expect(findAnnotations([join(folder, 'none')])).rejects.toMatchObject({ code: 'file-not-found' })
  },
)

test('takes the one in the image’s own folder, and refuses two that may be meant, naming both', async () => {
  const maps = join(folder, 'twins')
  for (const name of ['left', 'right']) await mkdir(join(maps, name), { recursive: true })
  const [left, right] = [join(maps, 'left', 'a.png'), join(maps, 'right', 'a.png')]
  for (const path of [left, right, join(maps, 'b.png'), join(maps, 'b.labels.png')]) await writeFile(path, '')
  const files = await findAnnotations([maps, maps])
  expect([files.count, files.of(row('right/a.jpg')), files.of(row('c.jpg'))]).toEqual([4, right, undefined])
  for (const [id, both] of [
    ['elsewhere/a.jpg', [left, right]],
    ['b.jpg', [join(maps, 'b.labels.png'), join(maps, 'b.png')]],
  ] as const) {
    const refused = expect(() => files.of(row(id)))
    refused.toThrow(
      expect.objectContaining({ code: 'label-invalid', details: expect.objectContaining({ given: both.join(', ') }) as unknown }),
    )
  }
})
