import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import { StatusError } from '../status-of.ts'

/** Parts that a form may have; more are refused. */
const PARTS = 8

/**
 * Returns the one file of a form.
 *
 * @param body - of the request, whole
 * @param contentType - its header, with the boundary
 * @throws StatusError 400 `invalid-option` for a form with no file or several, with other fields, or that is no form
 */
export async function fileOfForm(body: Buffer, contentType: string): Promise<Buffer> {
  const { files, fields } = await readForm(body, contentType)
  if (fields.length > 0) {
    throw wrongForm(
      `The form has the field ${fields[0]!}.`,
      fields.join(', '),
      'one file and no other field',
      'Options go into the query: POST /embed?size=448.',
    )
  }
  if (files.length === 1) return files[0]!
  throw wrongForm(
    `The form has ${files.length === 0 ? 'no file' : 'several files'}.`,
    files.length === 0 ? 'no file' : `${files.length} files`,
    'one image a request',
    files.length === 0
      ? 'Send it as a file: curl -F image=@photo.jpg.'
      : 'Send each in a request of its own: the server forms batches by itself.',
  )
}

async function readForm(
  body: Buffer,
  contentType: string,
): Promise<{ readonly files: readonly Buffer[]; readonly fields: readonly string[] }> {
  const files: Buffer[] = []
  const fields: string[] = []
  try {
    // Strictly typed for a server's headers, of which it reads this one.
    const headers = { 'content-type': contentType } as BusboyHeaders
    const form = new Busboy({ headers, limits: { parts: PARTS, fieldNameSize: 100, fieldSize: 1000, headerPairs: 50 } })
    await new Promise<void>((resolve, reject) => {
      form.on('file', (_, file) => {
        const chunks: Buffer[] = []
        file.on('data', (chunk: Buffer) => chunks.push(chunk))
        file.on('end', () => files.push(Buffer.concat(chunks)))
        file.on('error', reject)
      })
      form.on('field', (name) => fields.push(name))
      form.on('partsLimit', () => reject(new Error(`more than ${PARTS} parts`)))
      form.on('finish', resolve)
      form.on('error', reject)
      form.end(body)
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw wrongForm(
      'The form can’t be read.',
      reason,
      'multipart/form-data with one file',
      'Send the image’s bytes themselves, or let your HTTP client write the form.',
    )
  }
  return { files, fields }
}

function wrongForm(message: string, given: string, expected: string, hint: string): StatusError {
  return new StatusError(400, 'invalid-option', message, { given, expected, hint })
}
