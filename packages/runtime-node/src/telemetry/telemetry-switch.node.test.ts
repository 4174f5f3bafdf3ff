import { afterEach, expect, test, vi } from 'vitest'
import { engineTelemetry } from './engine-telemetry.ts'
import { disableEngineTelemetry } from './telemetry-switch.ts'

afterEach(() => vi.unstubAllEnvs())

test.each([undefined, ''])('switches telemetry off where the variable is %j', (value) => {
  vi.stubEnv('ORT_DISABLE_TELEMETRY', value)
  disableEngineTelemetry()
  expect(engineTelemetry()).toEqual({ off: true, value: '1', setBy: 'dinokit' })
})

test.each([
  ['0', false],
  ['false', false],
  ['2', false],
  ['1', true],
  ['True', true],
  [' yes ', true],
])('leaves the value %j of a user alone', (value, off) => {
  vi.stubEnv('ORT_DISABLE_TELEMETRY', value)
  disableEngineTelemetry()
  expect([process.env.ORT_DISABLE_TELEMETRY, engineTelemetry()]).toMatchObject([value, { off, value }])
})
