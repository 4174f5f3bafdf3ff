import { DinokitError } from '@dinokit/core'

/** A file that is not what it should be: damaged, truncated or of another kind. */
export function invalid(file: string, what: string, expected?: string, hint = 'The file may be damaged: fetch it again.'): DinokitError {
  return new DinokitError('checkpoint-invalid', `${file} ${what}.`, { given: what, ...(expected && { expected }), hint })
}

/** A file that asks for what no honest file needs. */
export function unsafe(file: string, what: string, expected?: string): DinokitError {
  return new DinokitError('checkpoint-unsafe', `${file} ${what}.`, {
    given: what,
    ...(expected && { expected }),
    hint: 'Do not load it, unless you know why it says so.',
  })
}

/** What a file that is no checkpoint looks like, from its first bytes; undefined where it looks like none of these. */
export function foreignKind(head: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(head).trimStart().toLowerCase()
  if (head.length === 0) return 'is empty'
  if (text.startsWith('<!doctype') || text.startsWith('<html') || text.startsWith('<?xml') || text.startsWith('<head')) return 'is a web page, not weights'
  if (text.startsWith('version https://git-lfs')) return 'is a Git LFS pointer, not the weights that it points to'
  if (text.startsWith('{"error') || text.startsWith('{"message')) return 'is a server’s error message, not weights'
  if (text.startsWith('\x89png') || text.startsWith('\xff\xd8\xff') || text.startsWith('gif8')) return 'is a picture, not weights'
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return 'is a bare pickle (torch.save’s old format), which is never run here'
  return undefined
}
