export * from './depth-range.ts'
export * from './depth.ts'
export * from './point-cloud.ts'
