export * from './ask-hub.ts'
export * from './hub-file.ts'
export * from './hub-reference.ts'
export * from './passing-failure.ts'
