import { expect, test } from 'vitest'
import { composePage } from '../../scripts/compose-page.ts'
import { MAP_PAGE } from './map-page.generated.ts'

test('the committed page is made of page/', async () => {
  expect(await composePage()).toContain(JSON.stringify(MAP_PAGE))
})
