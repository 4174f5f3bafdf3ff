/** Characters of a given value that a message shows. */
const SHOWN = 200

/** Names of parameters of addresses whose values let whoever has them in. */
const SECRET_NAME = /sig|token|credential|secret|auth|policy|key|password/i

/**
 * Takes out of a text what must not be shown or logged: access tokens, passwords in addresses, and queries of addresses that are
 * signed.
 *
 * @param text - of any length
 */
export function redact(text: string): string {
  return text
    .replace(/\b(Bearer|Authorization:? Basic)\s+[\w.~+/=-]{8,}/gi, '$1 …')
    .replace(/\bhf_[A-Za-z0-9]{20,}/g, 'hf_…')
    .replace(/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>`]+/gi, redactAddress)
}

function redactAddress(address: string): string {
  const open = address.replace(/^([^:]+:\/\/)[^/?#]*@/, '$1…@')
  const query = open.indexOf('?')
  if (query < 0) return open
  const names = open.slice(query + 1).split('&')
  return names.some((each) => SECRET_NAME.test(each.split('=', 1)[0]!)) ? `${open.slice(0, query)}?…` : open
}

/**
 * Writes an error's message: what is wrong, then what was given (unless the sentence names it), what was expected, what to do.
 *
 * @param sentence - what is wrong
 * @param details - the rest
 */
export function errorText(
  sentence: string,
  { given, expected, hint }: { readonly given?: string; readonly expected?: string; readonly hint?: string },
): string {
  const got = given?.trim() && !names(sentence, given) ? `Got ${shorten(given)}` : undefined
  const wanted = expected && `${got ? 'expected' : 'Expected'} ${expected}`
  const values = [got, wanted].filter(Boolean).join(', ')
  return [sentence, values && closed(values), hint].filter(Boolean).join(' ')
}

/** Whether a sentence names a value: as a whole, so that `5` is not found in `15`. */
function names(sentence: string, value: string): boolean {
  const isPart = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}_]/u.test(character)
  for (let at = sentence.indexOf(value); at >= 0; at = sentence.indexOf(value, at + 1)) {
    const [before, first, last, after] = [sentence[at - 1], value[0], value.at(-1), sentence[at + value.length]]
    if (!(isPart(before) && isPart(first)) && !(isPart(last) && isPart(after))) return true
  }
  return false
}

function shorten(text: string): string {
  const line = text
    .slice(0, 4 * SHOWN)
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= SHOWN && text.length <= 4 * SHOWN ? line : `${line.slice(0, SHOWN).trimEnd()}…`
}

function closed(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
