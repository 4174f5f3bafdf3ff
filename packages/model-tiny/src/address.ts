/** Placeholder for an address that a bundle without `import.meta.url` (CommonJS, a classic script) does not have. */
const NOWHERE = 'bundled:@dinokit/model-tiny'

/** An address beside this package's modules, or the placeholder where there is none. */
export function address(locate: () => URL): URL {
  try {
    return locate()
  } catch {
    return new URL(NOWHERE)
  }
}
