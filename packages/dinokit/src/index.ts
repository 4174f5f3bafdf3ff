export * from '@dinokit/core'
export * from '@dinokit/head-classification'
export * from '@dinokit/image-files'
export * from './inspect-checkpoint.ts'
export * from '@dinokit/image-files'
export * from './load-backbone.ts'
export * from './open.ts'
export * from './open-with.ts'
export * from './read-token-file.ts'
export * from './token-file.ts'
export {
  createNodeRuntime as createRuntime,
  findAsset,
  type EngineOptions,
  type ImageSource,
  type NodeRuntimeOptions,
} from '@dinokit/runtime-node'
