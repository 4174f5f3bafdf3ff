// Which package may import which: the arrows of design.md. Anything not listed is forbidden.
const ALLOWED = {
  core: [],
  onnx: ['core'],
  checkpoint: ['core'],
  vit: ['core', 'onnx', 'checkpoint'],
  train: ['core', 'onnx', 'vit', 'checkpoint', 'heads/kit'],
  hub: ['core'],
  'file-lock': ['core'],
  decoders: ['core'],
  'runtime-node': ['core', 'decoders', 'hub', 'file-lock'],
  'runtime-web': ['core', 'decoders', 'hub'],
  analysis: ['core'],
  'model-tiny': [],
  conformance: ['core', 'onnx'],
  'heads/kit': ['core', 'onnx', 'checkpoint'],
  'heads/classification': ['core', 'model-tiny', 'heads/kit'],
  'heads/segmentation': ['core', 'heads/kit'],
  'heads/depth': ['core', 'onnx', 'checkpoint', 'heads/kit'],
  store: ['core', 'checkpoint'],
  'store-node': ['core', 'store', 'file-lock'],
  'store-web': ['core', 'checkpoint', 'store'],
  dinokit: [
    'core',
    'onnx',
    'checkpoint',
    'vit',
    'runtime-node',
    'runtime-web',
    'analysis',
    'model-tiny',
    'heads/kit',
    'heads/classification',
    'heads/segmentation',
    'heads/depth',
    'store',
    'store-node',
    'train',
  ],
}

const NPM = {
  core: [],
  onnx: ['@bufbuild/protobuf'],
  checkpoint: [],
  vit: ['@noble/hashes'],
  train: [],
  hub: [],
  decoders: ['@jsquash/avif'],
  'file-lock': [],
  'runtime-node': ['@huggingface/hub', 'onnxruntime-node', 'sharp', 'signal-exit', 'tinypool', 'undici'],
  'runtime-web': ['@noble/hashes', 'comlink', 'onnxruntime-common', 'onnxruntime-web'],
  analysis: [],
  'model-tiny': [],
  conformance: [],
  'heads/kit': [],
  'heads/classification': [],
  'heads/segmentation': [],
  'heads/depth': [],
  store: ['hyparquet', 'hyparquet-writer'],
  'store-node': ['@lancedb/lancedb', 'apache-arrow'],
  'store-web': ['comlink', 'idb'],
  dinokit: ['@fontsource/inter', 'cli-progress', 'commander', 'csv-parse', 'fast-png', 'picocolors', 'satori', 'sharp', 'tinyglobby'],
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const anyOf = (names) => `(?:${names.map(escape).join('|')})`
const sourceOf = (name) => `^packages/${name}/src/`
const TESTS = '\\.test\\.ts$|/testing/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(ALLOWED).map(([name, allowed]) => ({
      name: `${name}-imports-only-${allowed.join('-') || 'itself'}`,
      severity: 'error',
      from: { path: sourceOf(name), pathNot: TESTS },
      to: { path: '^packages/', pathNot: `^packages/${anyOf([name, ...allowed])}/` },
    })),
    ...Object.entries(NPM).map(([name, allowed]) => ({
      name: `${name}-depends-only-on-${allowed.join('-') || 'nothing'}`,
      severity: 'error',
      from: { path: sourceOf(name), pathNot: TESTS },
      to: { path: 'node_modules', pathNot: allowed.length > 0 ? `node_modules/${anyOf(allowed)}/` : '^$' },
    })),
    {
      name: 'only-node-packages-use-node',
      severity: 'error',
      from: {
        path: '^packages/(?:core|onnx|checkpoint|vit|train|analysis|model-tiny|hub|runtime-web|conformance|store|store-web|heads/[^/]+)/src/',
        pathNot: TESTS,
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'lib-is-private',
      comment: 'The public API is the files directly in src/.',
      severity: 'error',
      from: { path: '^packages/((?:heads/)?[^/]+)/' },
      to: { path: '^packages/(?:heads/)?[^/]+/src/lib/', pathNot: '^packages/$1/' },
    },
    {
      name: 'apps-use-public-packages',
      comment: 'An app is a user like any other: what it needs is dinokit itself, or it is not public.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/' },
      to: { path: '^packages/', pathNot: '^packages/(?:dinokit|analysis|train|heads/[^/]+)/src/' },
    },
    {
      name: 'nothing-imports-examples-benchmarks-or-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(?:examples|benchmarks|apps)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:packages|apps)/(?:heads/)?[^/]+/dist/|^examples/third-party-head/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
