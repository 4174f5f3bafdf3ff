export { createNodeRuntime as createRuntime } from '@dinokit/runtime-node'
