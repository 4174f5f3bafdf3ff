import type { Plugin } from 'vite'

/** Files that the page works without: WebGPU's engine is large and asked for by few; fonts of scripts that the page has no word in. */
const LEFT_OUT = /asyncify|inter-(?!latin-wght)|\.map$|service-worker|_headers/

/** Writes files.json: what the service worker keeps for when there is no network. */
export function offlineFiles(): Plugin {
  return {
    name: 'offline-files',
    apply: 'build',
    applyToEnvironment: ({ name }) => name === 'client',
    generateBundle(_, bundle) {
      const files = ['./', 'favicon.svg', ...Object.keys(bundle).filter((name) => !LEFT_OUT.test(name) && name !== 'index.html')]
      this.emitFile({ type: 'asset', fileName: 'files.json', source: JSON.stringify(files) })
    },
  }
}
