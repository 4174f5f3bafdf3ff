import { spawnSync } from 'node:child_process'

/** Whether processes can be traced here: strace is installed, and may do it. */
export const canTrace = process.platform === 'linux' && spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0
