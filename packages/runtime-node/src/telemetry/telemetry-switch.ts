const NAME = 'ORT_DISABLE_TELEMETRY'

let setHere = false
// When this module is loaded, which is before the engine is: it looks once in the life of a process.
disableEngineTelemetry()

/**
 * Switches the engine's telemetry off by ORT_DISABLE_TELEMETRY, unless the variable has a value. Where `process.env` is a copy,
 * as in worker threads and under Jest, the engine does not see it: its process is given the copy, its thread sets it again.
 */
export function disableEngineTelemetry(): void {
  if (process.env[NAME]) return
  process.env[NAME] = '1'
  setHere = true
}

/** Value of the variable, empty where there is none, and whether it is dinokit's. */
export function telemetrySwitch(): { readonly value: string; readonly setHere: boolean } {
  const value = process.env[NAME] ?? ''
  return { value, setHere: setHere && value === '1' }
}
