export * from './head-rules.ts'
