export * from '@dinokit/core'
export * from '@dinokit/head-classification'
export * from './load-backbone.ts'
export * from './open-in-browser.ts'
export * from './open-with.ts'
export * from './read-token-file.ts'
export * from './token-file.ts'
export {
  clearCache,
  createWebRuntime as createRuntime,
  findAsset,
  listCache,
  type CachedFile,
  type EngineOptions,
  type ImageSource,
  type WebRuntimeOptions,
} from '@dinokit/runtime-web'
