#!/usr/bin/env bash
# Software: TypeScript 6.0.3, Node 20.20.2
# Expected: rewriteRelativeImportExtensions turns './x.ts' into './x.js' in every import with a literal address.
# Does: not in an import() inside of a function with `await using`, where that is compiled for engines without it. The emitted file
#   asks for a .ts that is not there. TypeScript finds imports by their position in the source, and the block that it makes of such
#   a function has none. dinokit rewrites what was emitted by itself (scripts/rewrite-addresses.ts, decisions/0042).
# Seen 2026-11:
#   > plain: import('./x.js')
#   > using: import('./x.ts')
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund typescript@6.0.3
echo 'export const x = 1' > x.ts
echo "export const plain = async () => (await import('./x.ts')).x" > plain.ts
cat > using.ts <<'TS'
export const using = async (resource: AsyncDisposable) => {
  await using _ = resource
  return (await import('./x.ts')).x
}
TS
npx tsc --outDir out --target es2022 --module nodenext --lib es2022,esnext.disposable --rewriteRelativeImportExtensions plain.ts using.ts
for name in plain using; do echo "$name: $(grep -oE 'import\(.[^)]*\)' "out/$name.js" | tr '"' "'")"; done > seen
cat seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
