export * from './ask-hub.ts'
