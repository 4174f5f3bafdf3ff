// Imported before a program: says on standard error how much memory it and its children took at most, in bytes, and its own seconds
// of processor time.
import { peakMemory } from './peak-memory.ts'

const EVERY_MS = 200
let peak = 0
const look = (): void => {
  peak = Math.max(peak, peakMemory())
}
// A child may have ended by then: it is looked at all along.
setInterval(look, EVERY_MS).unref()
process.on('exit', () => {
  look()
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  process.stderr.write(`peak ${peak} processor ${(userCPUTime + systemCPUTime) / 1e6}\n`)
})
