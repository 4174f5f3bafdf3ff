export * from './fit-pca.ts'
export { pairsAbove, type PairQuestion } from './pairs-above.ts'
export { productsOf } from './products-of.ts'
export * from './vector-table.ts'
