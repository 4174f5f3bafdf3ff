import { expect, test } from 'vitest'
import { assertFolder } from './assert-folder.ts'

test.each(['s3://bucket/photos', 'S3://bucket/photos', 'gs://bucket/photos'])('refuses many workers on %s', (store) => {
  expect(() => assertFolder(store)).toThrow(
    expect.objectContaining({ code: 'invalid-option', details: expect.objectContaining({ given: store }) as unknown }),
  )
})

test.each(['photos.store', '/data/photos.store', 'C:\\photos.store'])('takes a folder: %s', (store) => {
  expect(() => assertFolder(store)).not.toThrow()
})
