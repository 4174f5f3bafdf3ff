import { telemetrySwitch } from './telemetry-switch.ts'

/** State of the engine's telemetry, as far as the environment decides it. */
export interface EngineTelemetry {
  /** Whether it is off. */
  readonly off: boolean
  /** ORT_DISABLE_TELEMETRY as this thread sees it. */
  readonly value: string
  readonly setBy: 'user' | 'dinokit'
}

/** State of the engine's telemetry in this process. */
export function engineTelemetry(): EngineTelemetry {
  const { value, setHere } = telemetrySwitch()
  // The values that onnxruntime 1.30 takes for yes.
  return { off: /^(?:1|true|yes|on|y)$/i.test(value.trim()), value, setBy: setHere ? 'dinokit' : 'user' }
}
