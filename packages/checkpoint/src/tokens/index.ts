export { readTokenFile } from './read-token-file.ts'
export { tokenFile, tokenTensors } from './token-file.ts'
