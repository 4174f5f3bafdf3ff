export * from '#shared'
export * from './golden.ts'
export * from './keep-engine.ts'
export * from './models.ts'
