export * from './load-backbone.ts'
export * from './open.ts'
