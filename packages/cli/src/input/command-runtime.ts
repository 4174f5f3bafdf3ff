import { createNodeRuntime, type NodeRuntime } from '@dinokit/runtime-node'

let made: NodeRuntime | undefined

/**
 * The runtime of this command. It is one for the whole process, as a command is: each runtime has threads of its own. They end
 * with the process, and do not keep it alive.
 */
export function commandRuntime(): NodeRuntime {
  return (made ??= createNodeRuntime())
}
