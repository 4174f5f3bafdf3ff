import { runMigrations, type PgPool } from 'bullmq'
import pg from 'pg'

/** Connections of one process at most, of which two listen: PostgreSQL takes 100 in all by itself. */
const CONNECTIONS = 6
/** The schema of BullMQ's tables. */
const SCHEMA = 'bullmq'

/**
 * A connection whose failure does not end the process where nobody listens: BullMQ takes its listeners away before it closes
 * one, and asks for one before it listens. Whoever asks next is told.
 */
class QuietClient extends pg.Client {
  override emit(event: string | symbol, ...details: unknown[]): boolean {
    return (event !== 'error' || this.listenerCount('error') > 0) && super.emit(event, ...details)
  }
}

/**
 * Makes the connections that all queues and workers of a process share. Whoever asks for it ends it.
 *
 * @param url - of the database
 */
export function createPostgresPool(url: string): PgPool {
  return new pg.Pool({
    connectionString: url,
    Client: QuietClient,
    max: CONNECTIONS,
    keepAlive: true,
    options: `-c search_path=${SCHEMA}`,
  }) as unknown as PgPool
}

/** Makes BullMQ's tables where they are not there. */
export async function makeTables(client: pg.Client): Promise<void> {
  await runMigrations(client, SCHEMA)
}
