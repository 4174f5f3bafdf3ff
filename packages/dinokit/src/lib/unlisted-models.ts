// A module of its own, so that it is loaded only where a model has no card yet, or is a ready-made ONNX file.
export { withCardFields } from '@dinokit/core'
export { ownClassifier } from '@dinokit/head-kit'
export { canonicalFile, cardFromConfig, createOnnxBackbone, detectLayout, ggufConfig, inferCard, selectWeights } from '@dinokit/vit'
export { mergeAdapters } from './merge-adapters.ts'
