export * from './classification.ts'
export * from './knn.ts'
export type { ScoredClass } from './lib/rank.ts'
