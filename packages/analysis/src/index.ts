export * from './cosine-similarity.ts'
export * from './fit-pca.ts'
export * from './pca-colours.ts'
