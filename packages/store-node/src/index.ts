export * from './open-lance-store.ts'
