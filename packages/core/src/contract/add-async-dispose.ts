/** Global that has the well-known symbols. */
type SymbolHolder = object & { readonly asyncDispose?: symbol }

/**
 * Adds `Symbol.asyncDispose` where the browser does not have it (Safari, and Firefox before 141): without it, `await using`
 * throws there, in dinokit's own code too, and an object's method would be called "undefined". It is the symbol that
 * compilers fall back to.
 *
 * @param symbols - the holder of the symbols; the tests give another than the global
 */
export function addAsyncDispose(symbols: SymbolHolder = Symbol): void {
  if (symbols.asyncDispose) return
  Object.defineProperty(symbols, 'asyncDispose', { value: Symbol.for('Symbol.asyncDispose') })
}
