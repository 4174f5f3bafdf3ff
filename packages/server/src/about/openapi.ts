import type { ServerLimits } from '../server-options.ts'

/** Parts of a server that its description names. */
export interface ApiOptions {
  readonly heads: readonly string[]
  readonly limits: Pick<ServerLimits, 'bytes' | 'inputPixels'>
  readonly store: boolean
  readonly keys: boolean
}

type Json = Readonly<Record<string, unknown>>

const number = { type: 'number' }
const integer = { type: 'integer' }
const string = { type: 'string' }
const listOf = (items: Json): Json => ({ type: 'array', items })
const object = (properties: Json, optional: readonly string[] = []): Json => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
})
const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const binary = { schema: { type: 'string', contentMediaType: 'application/octet-stream' } }

/** Option of a query. */
const option = (name: string, schema: Json, description: string): Json => ({ name, in: 'query', schema, description })

const size = ({ inputPixels }: ApiOptions['limits']): Json =>
  option('size', string, `The model’s input: a number such as 448, or WIDTHxHEIGHT such as 448x336; at most ${inputPixels} pixels.`)
const flip = option('flip', { type: 'string', enum: ['0', '1'] }, 'Average with the mirrored image.')

const CLASS = {
  index: { ...integer, description: 'Its place among the classes of the head.' },
  name: string,
  id: { ...string, description: 'Its id in a list that others know, such as a WordNet id.' },
  color: { ...listOf(integer), description: 'Red, green and blue, 0 to 255.' },
}

const SCHEMAS = {
  Error: object({
    error: object(
      {
        code: { ...string, description: 'Stable: see docs/troubleshooting.md.' },
        message: string,
        given: string,
        expected: string,
        hint: string,
      },
      ['given', 'expected', 'hint'],
    ),
    requestId: string,
  }),
  Address: { ...object({ address: { ...string, format: 'uri' } }), additionalProperties: false },
  Embed: object({
    model: string,
    fingerprint: { type: 'object', description: 'What made the numbers. Heads and stores take numbers of their own fingerprint alone.' },
    placement: { type: 'object', description: 'Place of the model’s input in the image, in pixels.' },
    tensors: {
      type: 'object',
      description: 'By the names of the outputs.',
      additionalProperties: object({ dtype: string, shape: listOf(integer), data: { ...listOf(number), description: 'Row-major.' } }),
    },
  }),
  Classify: object({ model: string, classes: listOf(object({ ...CLASS, probability: number }, ['id', 'color'])) }),
  Depth: object({
    model: string,
    width: integer,
    height: integer,
    unit: { ...string, enum: ['m', 'disparity', 'relative'] },
    min: number,
    max: number,
    median: number,
    unknown: { ...integer, description: 'Pixels of which nothing is known.' },
  }),
  Segment: object({
    model: string,
    width: integer,
    height: integer,
    classes: listOf(
      object(
        {
          ...CLASS,
          pixels: integer,
          share: { ...number, description: 'Of the pixels that the model saw, 0 to 1.' },
          confidence: { ...number, description: 'Mean probability where it is the likeliest, 0 to 1.' },
        },
        ['id', 'color'],
      ),
    ),
  }),
  Search: object({
    model: string,
    neighbors: listOf(object({ id: string, similarity: number, label: string, split: string }, ['label', 'split'])),
  }),
}

interface Route {
  readonly summary: string
  readonly answer: keyof typeof SCHEMAS
  readonly safetensors?: string
  readonly png?: string
  readonly parameters: readonly Json[]
}

/** Routes of images that a server has. */
function routes({ heads, limits, store }: ApiOptions): Readonly<Record<string, Route>> {
  const top = (what: string, usual: number): Json =>
    option('top', { ...integer, minimum: 1, maximum: 1000, default: usual }, `Number of ${what}.`)
  return {
    '/embed': {
      summary: 'Embed an image',
      answer: 'Embed',
      safetensors: 'The outputs; without the option outputs, a token file with all of them.',
      parameters: [
        option(
          'outputs',
          { ...string, default: 'embedding' },
          'Names, separated by commas: embedding, cls, registers, patches, layer3.cls.',
        ),
        size(limits),
      ],
    },
    ...(heads.includes('classification') && {
      '/classify': {
        summary: 'Classify an image',
        answer: 'Classify',
        safetensors: 'logits [classes]',
        parameters: [top('classes', 5), size(limits)],
      },
    }),
    ...(heads.includes('depth') && {
      '/depth': {
        summary: 'Estimate depth for every pixel',
        answer: 'Depth',
        safetensors: 'depth [height][width]',
        png: 'Colors, the nearest bright.',
        parameters: [size(limits), flip, option('focal', number, 'Focal length in pixels: gives the meters of models that need it.')],
      },
    }),
    ...(heads.includes('segmentation') && {
      '/segment': {
        summary: 'Segment an image: one class per pixel',
        answer: 'Segment',
        safetensors: 'labels [height][width] and logits [classes][rows][columns]',
        png: 'The classes’ colors.',
        parameters: [size(limits), flip],
      },
    }),
    ...(store && {
      '/search': {
        summary: 'Find the most similar images of the store',
        answer: 'Search',
        parameters: [
          top('neighbors', 10),
          option('label', string, 'Only rows with this label.'),
          option('split', string, 'Only rows of this split.'),
          option(
            'diversity',
            { ...number, minimum: 0, maximum: 1, default: 0 },
            'Weight of being unlike each other (maximal marginal relevance). Neighbors come in the order in which they are taken, from the ten times top that are nearest, 1000 at most.',
          ),
          option('approximate', { type: 'string', enum: ['0', '1'] }, 'Approximate search by the store’s index.'),
        ],
      },
    }),
  }
}

/** Statuses of answers that say what went wrong. */
const FAILURES: Readonly<Record<string, string>> = {
  400: 'An option or the form is wrong.',
  401: 'The API key is missing or wrong.',
  403: 'The host of the address is not allowed.',
  406: 'There is no answer of the type that Accept names.',
  408: 'The body did not come in time.',
  413: 'The body, or the image in pixels, is too large.',
  415: 'The body is of a type that is not read.',
  422: 'The image can’t be decoded, or its address can’t be fetched.',
  429: 'The server is busy; Retry-After says in how many seconds to try again.',
  503: 'The server is ending, or took too long.',
}

/**
 * Describes a server’s API in OpenAPI 3.1.
 *
 * @param options - what the server has
 * @returns plain data
 */
export function describeApi(options: ApiOptions): Json {
  const { limits, keys } = options
  const failures = Object.fromEntries(
    Object.entries(FAILURES)
      .filter(([status]) => keys || status !== '401')
      .map(([status, description]) => [status, { description, content: { 'application/json': { schema: reference('Error') } } }]),
  )
  const body = {
    required: true,
    description: `One image of at most ${limits.bytes} bytes: JPEG, PNG, WebP, AVIF, GIF or TIFF.`,
    content: {
      'image/*': binary,
      'application/octet-stream': binary,
      'multipart/form-data': { schema: object({ image: binary.schema }) },
      'application/json': { schema: reference('Address') },
    },
  }
  const images = Object.entries(routes(options)).map(([path, { summary, answer, safetensors, png, parameters }]) => [
    path,
    {
      post: {
        summary,
        operationId: path.slice(1),
        parameters,
        requestBody: body,
        responses: {
          200: {
            description: [safetensors && `safetensors: ${safetensors}`, png && `PNG: ${png}`].filter(Boolean).join(' ') || 'The answer.',
            content: {
              'application/json': { schema: reference(answer) },
              ...(safetensors && { 'application/safetensors': binary }),
              ...(png && { 'image/png': binary }),
            },
          },
          ...failures,
        },
      },
    },
  ])
  const about = (summary: string, type: string, isOpen: boolean): Json => ({
    get: {
      summary,
      ...(isOpen && { security: [] }),
      responses: { 200: { description: summary, content: { [type]: { schema: type === 'text/plain' ? string : { type: 'object' } } } } },
    },
  })
  return {
    openapi: '3.1.0',
    info: { title: 'dinokit', version: '1', description: 'Embeddings, classes, depth, segments and search of images.' },
    paths: {
      ...(Object.fromEntries(images) as Json),
      '/health': about('Whether the process lives', 'application/json', true),
      '/ready': about('Whether it takes requests; 503 once it is ending', 'application/json', true),
      '/model': about('Model, heads and engine', 'application/json', false),
      '/metrics': about('Numbers for Prometheus', 'text/plain', false),
    },
    components: {
      schemas: SCHEMAS,
      ...(keys && { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } }),
    },
    ...(keys && { security: [{ key: [] }] }),
  }
}
