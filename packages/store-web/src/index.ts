export * from './delete-web-store.ts'
export * from './open-web-store.ts'
