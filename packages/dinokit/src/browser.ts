export * from './common.ts'
export { open, type OpenOptions } from './open-in-browser.ts'
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
