export * from './rotation.ts'
