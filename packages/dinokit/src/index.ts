export * from './common.ts'
export { imagesIn, isFileGone, type ImagesInOptions, type PassedOver } from '@dinokit/image-files'
export { inspectCheckpoint, type CheckpointReport, type InspectOptions } from './inspect-checkpoint.ts'
export { precisionForm } from './lib/precise-backbone.ts'
export { sampleInputs } from './lib/sample-inputs.ts'
export { open, type OpenOptions } from './open.ts'
export {
  createNodeRuntime as createRuntime,
  findAsset,
  type EngineOptions,
  type ImageSource,
  type NodeRuntimeOptions,
} from '@dinokit/runtime-node'
