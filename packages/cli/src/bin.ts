#!/usr/bin/env node
import { main } from './main.ts'

// A reader such as `head` may have seen enough. It is the process's, not the command's: it must outlive what is written last.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
process.exitCode = await main(process.argv)
