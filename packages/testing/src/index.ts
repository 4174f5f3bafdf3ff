export * from '#shared'
export * from './golden.ts'
export * from './models.ts'
