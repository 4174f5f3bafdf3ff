export * from './describe-store.ts'
export * from './make-rows.ts'
