import { playwright } from '@vitest/browser-playwright'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { flakyServer } from './packages/testing/src/flaky-server.ts'
import { bundleWorkers } from './scripts/tests/bundle-workers.ts'
import { testServer } from './scripts/tests/test-server.ts'
import { testBrowser } from './scripts/tests/test-browser.ts'

const SHARED = fileURLToPath(new URL('../shared', import.meta.url))

const GOLDENS = fileURLToPath(new URL('goldens/numbers', import.meta.url))

/** Folders of ../shared whose files tests in the browser read, and those that slow ones read too. */
const READ = ['golden', 'models', 'data/odd', 'data/samples']
const READ_SLOWLY = ['data/cls', 'data/nyuv2/images', 'data/seg/coco/images', 'data/train']

/** Files of folders of ../shared; there is no other way for a page to know. */
function listShared(folders: readonly string[]): string[] | null {
  return existsSync(SHARED) ? folders.flatMap((folder) => listFiles(SHARED, folder)) : null
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1).replaceAll('\\', '/'))
}

// Tests of the larger set of expected numbers skip where it is absent, which nobody would notice in CI.
if (process.env.CI && !process.env.DINOKIT_WITHOUT_SHARED && !existsSync(`${SHARED}/golden`))
  throw new Error(
    `With CI set, the expected numbers must be there, and ${SHARED}/golden is not. Set DINOKIT_WITHOUT_SHARED=1 to test without.`,
  )

/** Files of tests that are run by `npx pnpm@12 test:slow` alone. */
const SLOW = '**/*.slow*.test.ts'

/** Files of tests of WebGPU, which Chromium alone emulates. */
const ON_WEBGPU = ['**/on-webgpu*.browser.test.ts', '**/device-runs.browser.test.ts']

/** Shared tests whose code is the same in both runtimes and takes the browser long: there, `npx pnpm@12 test:slow` alone runs them. */
const SLOW_IN_BROWSER = [
  'bad-heads',
  'checkpoint-forms',
  'convert-vit',
  'denoise',
  'distill',
  'fast-decoding',
  'gradients',
  'head-conformance',
  'precision',
  'pretrain',
  'read-pth',
  'self-supervised-step',
  'stored-examples',
  'train-dense-head',
  'train-mlp',
  'train-on-store',
].map((name) => `**/src/**/${name}.test.ts`)

/** Files that are tested at once, one of them in the browser's page: a good part of a test's time is spent waiting. */
const WORKERS = 3

/** File that lets `toEqual` compare the pixels of an image in no time. */
const EQUAL_ARRAYS = 'scripts/tests/equal-arrays.ts'

/** Settings that tests in Node have in common. */
const IN_NODE = { testTimeout: 120_000, hookTimeout: 120_000, pool: 'forks', maxWorkers: WORKERS, setupFiles: [EQUAL_ARRAYS] }

/**
 * The tests of three projects: those that only Node can run (`*.node.test.ts`), those that both can, in Node, and those of
 * Chromium, or of the browser that DINOKIT_BROWSER names. Either those of every run, or the slow ones.
 */
export function testConfig({ slow }: { readonly slow: boolean }): ViteUserConfig {
  const files = slow ? '*.slow*.test.ts' : '*.test.ts'
  const left = slow ? [] : [SLOW]
  const browser = testBrowser()
  return {
    test: {
      reporters: [process.env.CI ? 'dot' : 'default', './scripts/tests/closing-line-reporter.ts'],
      projects: [
        {
          test: {
            ...IN_NODE,
            name: 'node',
            include: [`{packages,apps,benchmarks,examples}/**/*${slow ? '.slow' : ''}.node.test.ts`],
            exclude: ['**/node_modules/**', 'examples/third-party-head/**', ...left],
          },
        },
        {
          test: {
            ...IN_NODE,
            name: 'node-shared',
            include: [`{packages,apps,benchmarks,examples}/**/${files}`],
            exclude: ['**/*.{node,browser}.test.ts', '**/node_modules/**', 'examples/third-party-head/**', ...left],
            // Files share a process, as they share a page in Chromium: what both may run keeps nothing of its own there.
            isolate: false,
          },
        },
        {
          plugins: [
            { name: 'flaky-server', configureServer: (server) => void server.middlewares.use(flakyServer) },
            bundleWorkers(),
            testServer(),
          ],
          define: {
            __SHARED_ROOT__: JSON.stringify(`/@fs${SHARED}/`),
            __SHARED_FILES__: JSON.stringify(listShared(slow ? [...READ, ...READ_SLOWLY] : READ)),
            __GOLDENS_ROOT__: JSON.stringify('/goldens/numbers/'),
            __GOLDENS_FILES__: JSON.stringify(
              ['analysis', 'backbone', 'heads', 'old', 'preprocess', 'search', 'training'].flatMap((folder) => listFiles(GOLDENS, folder)),
            ),
          },
          // Tests say `await using`, which only Chromium parses.
          ...(browser.name !== 'chromium' && { oxc: { target: 'es2022' } }),
          // All that tests may import is known before the first runs; onnxruntime finds its .wasm files beside its own module.
          optimizeDeps: {
            exclude: ['onnxruntime-web', '@lancedb/lancedb'],
            entries: [
              'packages/*/src/**/*.ts',
              'packages/heads/*/src/**/*.ts',
              '!**/*.node.test.ts',
              '!packages/*-node/**',
              '!packages/cli/**',
            ],
          },
          server: {
            fs: { allow: ['.', SHARED] },
            // What makes a page cross-origin isolated: threads need it.
            headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
          },
          test: {
            name: browser.name,
            include: [`packages/**/src/**/${files}`, ...(slow ? SLOW_IN_BROWSER : [])],
            exclude: [
              '**/*.node.test.ts',
              '**/node_modules/**',
              ...left,
              ...(slow ? [] : SLOW_IN_BROWSER),
              ...(browser.name === 'chromium' ? [] : ON_WEBGPU),
            ],
            testTimeout: 120_000,
            hookTimeout: 120_000,
            // Projects that run together have the same number; the browser has one page all the same, see fileParallelism.
            maxWorkers: WORKERS,
            // Files share a page, and with it the engine and the modules that are loaded.
            isolate: false,
            setupFiles: [EQUAL_ARRAYS, 'packages/runtime-web/src/testing/keep-engine.ts'],
            browser: {
              enabled: true,
              headless: true,
              // The one of the whole project would set another number of workers, and run the browser after Node.
              // eslint-disable-next-line @typescript-eslint/no-deprecated
              fileParallelism: false,
              provider: playwright({ launchOptions: browser.launchOptions }),
              instances: [{ browser: browser.name }],
              screenshotFailures: false,
            },
          },
        },
      ],
    },
  }
}

export default defineConfig(testConfig({ slow: false }))
