// Reads stores, or opens them for writing, and says how it went. `tsx read-as-other.ts FOLDER read|write ...`
import { DinokitError } from '@dinokit/core'
import { verifyStore } from '@dinokit/store'
import { openLanceStore } from '../open-lance-store.ts'

/** Report of the script on each store. */
export type OtherReport = { readonly rows: number; readonly problems: number } | { readonly code: string; readonly message: string }

async function look(folder: string, access: 'read' | 'write'): Promise<OtherReport> {
  try {
    await using store = await openLanceStore(folder, { access })
    const { rows, problems } = await verifyStore(store)
    return { rows, problems: problems.length }
  } catch (error) {
    if (!DinokitError.is(error)) throw error
    return { code: error.code, message: error.message }
  }
}

const reports: OtherReport[] = []
const [, , ...given] = process.argv
for (let i = 0; i < given.length; i += 2) reports.push(await look(given[i]!, given[i + 1] as 'read' | 'write'))
process.stdout.write(JSON.stringify(reports))
