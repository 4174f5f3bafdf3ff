/** One rule of a contract, as a check for any test runner. */
export interface Rule {
  /** Rule as a sentence. */
  readonly name: string
  /** Checks it. Throws an Error whose message says, as a sentence, which rule was broken and how. */
  readonly check: () => Promise<void>
}

/**
 * Hands rules to a test runner: vitest's `test`, node:test's `test`, or any function of a name and a check.
 *
 * @param test - of the runner
 * @param rules - to check
 */
export function testRules(test: (name: string, check: () => Promise<void>) => unknown, rules: readonly Rule[]): void {
  for (const { name, check } of rules) test(name, check)
}
