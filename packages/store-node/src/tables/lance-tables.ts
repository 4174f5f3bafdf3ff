import { DinokitError } from '@dinokit/core'
import { layoutToMake, parseLayout, type StoreLayout } from '@dinokit/store'
import type { Connection, Table } from '@lancedb/lancedb'
import type { Schema } from 'apache-arrow'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { headSchema, imagesSchema, tensorsApart, tokensSchema } from './to-arrow.ts'

/** The table that says what the store is. In format 1 it held the rows too; where it is missing there is no store. */
export const HEAD = 'rows'
/** The table of what is known of images, with their class tokens, from format 2 on. */
const IMAGES = 'images'
/** The table of all other tokens, from format 2 on, where there are any. */
const TOKENS = 'tokens'
/** Attempts to open tables again because a writer changed them in between. */
const TRIES = 5

/** The tables of a store, each at a version that fits the others. */
export interface LanceTables {
  readonly layout: StoreLayout
  readonly head: Table
  /** In format 1 the head itself. */
  readonly images: Table
  /** Not there in format 1, and where the store keeps class tokens alone. */
  readonly tokens?: Table
  /** Whether rows have keys: from format 2 on. */
  readonly keyed: boolean
}

/** Where a store is. */
export interface LanceLocation {
  readonly connection: Connection
  /** Name of the store for messages. */
  readonly name: string
  /** A folder or an address. */
  readonly uri: string
}

/**
 * Opens the tables of a store.
 *
 * @param make - makes the store, where there is none, to hold this
 * @throws DinokitError `file-not-found`, `store-invalid`, `contract-mismatch`; errors of LanceDB
 */
export async function openTables({ connection, name, uri }: LanceLocation, make?: StoreLayout): Promise<LanceTables> {
  const head = await openHead({ connection, name, uri }, make)
  const layout = parseLayout(name, (await head.schema()).metadata.get('dinokit'))
  if (layout.version === 1) return { layout, head, images: head, keyed: false }
  const images = await connection.openTable(IMAGES)
  const tokens = tensorsApart(layout).length > 0 ? await connection.openTable(TOKENS) : undefined
  const tables = { layout, head, images, ...(tokens && { tokens }), keyed: true }
  await catchUp(tables)
  return tables
}

/**
 * Brings tables to their newest versions: of every row that is seen the tokens are seen too. Writers add tokens before rows,
 * and remove them after rows.
 */
export async function catchUp({ images, tokens }: LanceTables): Promise<void> {
  await images.checkoutLatest()
  if (!tokens) return
  for (let tries = 0; tries < TRIES; tries++) {
    const version = await images.version()
    await tokens.checkoutLatest()
    await images.checkoutLatest()
    if ((await images.version()) === version) return
  }
  await tokens.checkoutLatest()
}

/** Makes the empty tables for rows, in place of any that a process left that died before the store was made. */
export async function makeRowTables(connection: Connection, layout: StoreLayout): Promise<Pick<LanceTables, 'images' | 'tokens'>> {
  const tokens = tensorsApart(layout).length > 0 ? await makeTable(connection, TOKENS, tokensSchema(layout)) : undefined
  const images = await makeTable(connection, IMAGES, imagesSchema(layout))
  return { images, ...(tokens && { tokens }) }
}

/** Says that the tables for rows are the store, in one commit; what the table held before is no longer part of it. */
export function makeHead(connection: Connection, layout: StoreLayout): Promise<Table> {
  return makeTable(connection, HEAD, headSchema(layout))
}

async function makeTable(connection: Connection, name: string, schema: Schema): Promise<Table> {
  try {
    return await connection.createEmptyTable(name, schema)
  } catch (cause) {
    // LanceDB has no code for a table that is there, and warns where it is to overwrite one that is not.
    return connection.createEmptyTable(name, schema, { mode: 'overwrite' }).catch(() => Promise.reject(cause as Error))
  }
}

/** A store that is not there. */
export function notThere(name: string, cause?: unknown): DinokitError {
  return new DinokitError('file-not-found', `There is no store in ${name}.`, {
    given: name,
    expected: 'a folder that `dinokit index` made',
    ...(cause !== undefined && { cause }),
  })
}

async function openHead({ connection, name, uri }: LanceLocation, make: StoreLayout | undefined): Promise<Table> {
  try {
    return await connection.openTable(HEAD)
  } catch (cause) {
    if (!String(cause).includes('was not found')) throw cause
    if (!make) throw String(cause).includes('could not be loaded') ? cause : notThere(name, cause)
    // A process that died while it made the store leaves folders without a version and without data.
    if (await hasData(uri)) throw cause
    const layout = layoutToMake(name, make)
    await makeRowTables(connection, layout)
    return makeHead(connection, layout)
  }
}

async function hasData(uri: string): Promise<boolean> {
  const files = await Promise.all([HEAD, IMAGES].map((table) => readdir(join(uri, `${table}.lance`, 'data')).catch(() => [])))
  return files.flat().length > 0
}
