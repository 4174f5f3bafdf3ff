import { isMainThread } from 'node:worker_threads'

const NAME = 'ORT_DISABLE_TELEMETRY'

let setHere = false
// When this module is loaded, which is before the engine is: it looks once in the life of a process.
disableEngineTelemetry()

/**
 * Switches the engine's telemetry off by ORT_DISABLE_TELEMETRY, unless the variable has a value. In threads other than the
 * main one that is seen by the engine only where they share the environment: other threads change a copy of it.
 */
export function disableEngineTelemetry(): void {
  if (process.env[NAME]) return
  process.env[NAME] = '1'
  setHere = true
}

/** Whether the variable's value is dinokit's. */
export function isSetHere(): boolean {
  return setHere
}

let reported = ''

/** The variable as the engine sees it, which is not what `process.env` of a thread says; empty where there is none. */
export function valueForEngine(): string {
  return isMainThread ? (process.env[NAME] ?? '') : (reported ||= reportedValue())
}

/** The variable in the environment of the process, which threads see in a diagnostic report only. */
function reportedValue(): string {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  const { excludeNetwork } = report
  // Otherwise a report asks for the names of the hosts that the process talks to.
  report.excludeNetwork = true
  try {
    const { environmentVariables } = report.getReport() as { environmentVariables?: Record<string, string> }
    return environmentVariables?.[NAME] ?? ''
  } finally {
    if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork
  }
}
