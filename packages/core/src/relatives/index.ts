export * from './family-of.ts'
export * from './gated-error.ts'
export * from './related-model.ts'
export * from './related-models.ts'
