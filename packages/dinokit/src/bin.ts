#!/usr/bin/env node
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the command may be: beside dinokit, beside the link by which it was called, or where it is called. */
const places = [import.meta.url, ...[process.argv[1]!, join(process.cwd(), 'package.json')].map((path) => pathToFileURL(path).href)]

function findCommand(): string | undefined {
  for (const place of places) {
    try {
      return createRequire(place).resolve('@dinokit/cli/bin')
    } catch {
      // Not there.
    }
  }
  return undefined
}

const command = findCommand()
if (command) await import(pathToFileURL(command).href)
else {
  process.stderr.write(`The command is a package of its own. Type:\n  npx @dinokit/cli ${process.argv.slice(2).join(' ')}\n`)
  process.exitCode = 2
}
