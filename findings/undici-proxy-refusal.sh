#!/usr/bin/env bash
# Software: undici 7.30.2 (fetch with EnvHttpProxyAgent), Node 20.20.2, Linux
# Expected: where a proxy refuses a tunnel (407: user and password are wrong), the error's cause says so.
# Does: "fetch failed", whose cause is "Request was cancelled.", as if somebody had aborted it; only the cause of that cause
#   names the proxy's status. dinokit therefore says the deepest cause, and the variable that names the proxy (decisions/0046).
# Seen 2026-11:
#   > TypeError: fetch failed
#   > Error: Request was cancelled.
#   > AbortError: Proxy response (407) !== 200 when HTTP Tunneling
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund undici@7.30.2
cat > ask.mjs <<'JS'
import { createServer } from 'node:http'
import { EnvHttpProxyAgent, fetch } from 'undici'

const proxy = createServer().on('connect', (_, client) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))
await new Promise((done) => proxy.listen(0, '127.0.0.1', done))
const dispatcher = new EnvHttpProxyAgent({ httpProxy: `http://127.0.0.1:${proxy.address().port}` })
const failure = await fetch('http://outside.test/', { dispatcher }).catch((error) => error)
for (let error = failure; error; error = error.cause) console.log(`${error.name}: ${error.message}`)
process.exit()
JS
node ask.mjs | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
