import { createNodeRuntime, type NodeRuntime } from '@dinokit/runtime-node'
import { runtimeOptions, type DeviceOptions } from '../options/device-options.ts'

let made: NodeRuntime | undefined

/**
 * The runtime of this command. It is one for the whole process, as a command is: each runtime has threads of its own. They end
 * with the process, and do not keep it alive.
 *
 * @param options - device and threads: of the first call, by a command that computes
 */
export function commandRuntime(options: DeviceOptions = {}): NodeRuntime {
  return (made ??= createNodeRuntime(runtimeOptions(options)))
}
