import { runtimeRules, testRules } from '@dinokit/conformance'
import { TINY_ASSETS } from '@dinokit/model-tiny'
import { keepEngine } from '@dinokit/testing/keep-engine'
import { createRuntime } from 'dinokit/browser'
import { describe, test } from 'vitest'

describe('the runtime on WebGPU', () => {
  const runtime = createRuntime({ engine: { device: 'webgpu' } })
  keepEngine(runtime.createSession)
  const folder = new URL('../../model-tiny/assets/', import.meta.url).href
  testRules(test, runtimeRules({ runtime, paths: { file: TINY_ASSETS.weights.href, folder, missing: `${folder}no.safetensors` } }))
})
