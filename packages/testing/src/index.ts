export * from './golden.ts'
export * from '#shared'
