export * from './lock-file.ts'
export * from './process-identity.ts'
