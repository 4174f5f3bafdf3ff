// Imported before a program: says on standard error how large its resident set was at most, in bytes.
process.on('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS * 1024}\n`))
