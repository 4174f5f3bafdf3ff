export { isNearLarge, type Depth, type DepthUnit } from './depth-answer.ts'
export * from './depth-range.ts'
export * from './depth.ts'
export * from './point-cloud.ts'
