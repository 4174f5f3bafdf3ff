export * from '@dinokit/core'
export * from '@dinokit/head-classification'
export * from '@dinokit/head-depth'
export * from '@dinokit/head-segmentation'
export * from './load-backbone.ts'
export * from './open-in-browser.ts'
export * from './open-with.ts'
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
