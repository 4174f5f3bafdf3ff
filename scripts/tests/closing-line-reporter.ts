import type { Reporter, TestModule } from 'vitest/node'

const SLOWEST = 10

/**
 * Ends a test run with its slowest files, then with one line for machines: `N passed, N failed, N skipped`, from the
 * runner's own counts.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      // A file that could not be loaded has no tests to count, and failed all the same.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) counts[test.result().state]++
    }
    const skipped = counts.skipped + counts.pending
    const closing = `${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    // After every other reporter has had its say.
    process.once('exit', () => process.stdout.write(`\n${[...slowestFiles(modules), closing].join('\n')}\n`))
  }
}

/** Lines that name the slowest files of a run, with the seconds that loading and running each took. */
function slowestFiles(modules: readonly TestModule[]): string[] {
  if (modules.length <= SLOWEST) return []
  const files = modules.map((module) => {
    const { setupDuration, collectDuration, duration } = module.diagnostic()
    return { name: `${module.project.name}  ${module.relativeModuleId}`, seconds: (setupDuration + collectDuration + duration) / 1000 }
  })
  const slowest = files.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)
  return ['Slowest files, in seconds:', ...slowest.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(6)}  ${name}`), '']
}
