// A module of its own, so that it is loaded only where a model has no card yet, or is a ready-made ONNX file.
export { canonicalFile, cardFromConfig, createOnnxBackbone, inferCard } from '@dinokit/vit'
