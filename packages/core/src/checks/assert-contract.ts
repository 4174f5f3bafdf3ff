import { DinokitError } from '../contract/dinokit-error.ts'

/** The version of the contract between the core and its runtimes, sessions and heads. */
const CONTRACT = 1

/**
 * Refuses a part that speaks another version of the contract.
 *
 * @throws DinokitError `contract-mismatch`
 */
export function assertContract(part: string, name: string, contract: unknown): void {
  if (contract === CONTRACT) return
  throw new DinokitError('contract-mismatch', `The ${part} ${name} implements contract ${String(contract)}.`, {
    given: `contract ${String(contract)}`,
    expected: `contract ${CONTRACT}`,
    hint: 'Install dinokit packages that belong together.',
  })
}
