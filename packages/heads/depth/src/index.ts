export * from './depth.ts'
export * from './point-cloud.ts'
