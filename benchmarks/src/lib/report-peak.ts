// Imported before a program: says on standard error how large its resident set was at most, in bytes, and its seconds of processor time.
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  process.stderr.write(`peak ${maxRSS * 1024} processor ${(userCPUTime + systemCPUTime) / 1e6}\n`)
})
