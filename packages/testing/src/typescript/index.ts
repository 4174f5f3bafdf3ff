/** Arguments by which Node reads TypeScript, in a program of its own or in a worker thread. */
export const TYPESCRIPT: readonly string[] = ['--import', new URL('register.js', import.meta.url).href]
