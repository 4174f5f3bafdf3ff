export * from './head-rules.ts'
export * from './rule.ts'
export * from './runtime-rules.ts'
export * from './sample-tokens.ts'
