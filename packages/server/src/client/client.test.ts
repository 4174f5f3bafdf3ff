import { createClient } from '@dinokit/server/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServer } from '#open-server'

/** A JPEG of 32x24. */
const BASE64 =
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAYACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAlEAACAQQABAcAAAAAAAAAAAABAgMAERIhIjEycRMUI0FRYpP/xAAWAQEBAQAAAAAAAAAAAAAAAAABAAL/xAAlEQABAwEHBQEAAAAAAAAAAAABABHwAhIhMVFhcaEiQYGRscH/2gAMAwEAAhEDEQA/AIscAsoxMVshGpxBjAvs8z6cjDugqsecKAzTi62XhQPtb/pEh37tUWOAWUYmK2QjU4gxgX2eZ9ORh3QVWPOFAZpxdbLwoH2t/wBIkO/dqsDJ88oMn7ynjFnEyqGiQ5hQBgF67b10SPr623Ty8stlkkzccGbEhFbSX+TZ0ibs1PGLOJlUNEhzCgDAL123rokfX1tunl5ZbLJJm44M2JCK2kv8mzpE3ZqhcY89bFNWcmvKixwCyjExWyEanEGMC+zzPpyMO6Cqx5woDNOLrZeFA+1v+kSHfu1KUVGzWQOyiLgdHkfVPGLOJlUNEhzCgDAL123rokfX1tunl5ZbLJJm44M2JCK2kv8AJs6RN2alK0zVsNkVHptHKTFf/9k='
const image = Uint8Array.from(atob(BASE64), (character) => character.charCodeAt(0))

let server: Awaited<ReturnType<typeof openServer>>
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test('embeds an image: the library’s tokens, with the numbers that the server gives as JSON', async () => {
  const tokens = await createClient(server.origin).embed(image, { size: { width: 56, height: 28 } })
  expect([tokens.cls.shape, tokens.patches.shape, tokens.embedding]).toEqual([[192], [2, 4, 192], tokens.cls])
  expect(tokens.placement.source).toEqual({ width: 32, height: 24 })
  expect(tokens.fingerprint.model).toBe('tiny')
  const response = await fetch(`${server.origin}/embed?size=56x28`, {
    method: 'POST',
    body: image,
    headers: { 'content-type': 'application/octet-stream' },
  })
  const { tensors } = (await response.json()) as { tensors: { embedding: { data: number[] } } }
  expect(Float32Array.from(tensors.embedding.data)).toEqual(tokens.embedding.data)
})

test('classifies an image, as bytes and as a Blob', async () => {
  const client = createClient(server.origin)
  const { classes } = await client.classify(image, { top: 3 })
  expect(classes).toHaveLength(3)
  expect(await client.classify(new Blob([image]), { top: 3 })).toEqual({ model: 'tiny', classes })
})

test('fails with the server’s error, and names a server that is not there', async () => {
  const client = createClient(server.origin)
  const hello = new TextEncoder().encode('hello')
  await expect(client.embed(hello)).rejects.toMatchObject({
    code: 'image-unsupported',
    details: { given: 'bytes that begin with "hello"' },
  })
  await expect(client.depthMap(image)).rejects.toMatchObject({ code: 'head-unknown' })
  await expect(client.classify(image, { size: 13 })).rejects.toMatchObject({ code: 'size-invalid' })
  await expect(client.embed(new URL('http://images.example/a.jpg'))).rejects.toMatchObject({ code: 'not-allowed' })
  await expect(createClient('http://127.0.0.1:1').embed(image)).rejects.toMatchObject({ code: 'download-failed' })
  const stop = AbortSignal.abort()
  await expect(client.embed(image, { signal: stop })).rejects.toMatchObject({ code: 'aborted' })
})
