import ts from 'typescript'

/** An address that a module names: of a module that it imports, or of a file beside it. */
export interface Address {
  readonly address: string
  /** Where it ends in the text, before the closing quote. */
  readonly end: number
}

/**
 * The addresses that a module names, by the parser: in imports and exports, in `import()`, also of types, and in
 * `new URL('./x', import.meta.url)`.
 *
 * @param path - of the module, whose ending says what language it is in
 * @param text - its text
 */
export function addressesIn(path: string, text: string): Address[] {
  const found: Address[] = []
  const visit = (node: ts.Node): void => {
    const literal = addressIn(node)
    if (literal) found.push({ address: literal.text, end: literal.end - 1 })
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false))
  return found
}

function addressIn(node: ts.Node): ts.StringLiteralLike | undefined {
  const named = namedBy(node)
  return named && ts.isStringLiteralLike(named) ? named : undefined
}

function namedBy(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'URL') return undefined
  const [address, base] = node.arguments ?? []
  // Emscripten's fallbacks name files by `x.wasm`, without `./`, which are beside them where they are used.
  const isRelative = address && ts.isStringLiteralLike(address) && /^\.\.?\//.test(address.text)
  return isRelative && base && ts.isPropertyAccessExpression(base) && ts.isMetaProperty(base.expression) ? address : undefined
}
