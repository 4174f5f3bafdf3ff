import jsdoc from 'eslint-plugin-jsdoc'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Globals of one platform only: packages that run on both must not touch it. */
const NODE_GLOBALS = ['process', 'Buffer', '__dirname', '__filename', 'require', 'setImmediate', 'global']
const BROWSER_GLOBALS = ['window', 'document', 'navigator', 'localStorage', 'HTMLElement', 'createImageBitmap']

/** Most positional parameters of a function, a constructor or a callback. */
const MOST_PARAMETERS = 4

export default defineConfig(
  {
    ignores: [
      '**/dist/**',
      '**/*.generated.ts',
      'packages/core/assembly/**',
      'examples/*/out/**',
      'docs/api/**',
      'docs/.examples/**',
      'docs/.vitepress/cache/**',
      'examples/third-party-head/**',
      '**/node_modules/**',
    ],
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `noUncheckedIndexedAccess` is on: in numeric loops the assertion is what says that the index is in range.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      // Contracts are asynchronous so that implementations may be.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // An empty environment variable means the same as none.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // Flow analysis does not see what closures change, nor what users of plain JavaScript pass.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
      // More of them are an options object, or a small value with a name of its own.
      'max-params': ['error', MOST_PARAMETERS],
      'no-restricted-syntax': [
        'error',
        {
          // Compiled functions take numbers alone.
          selector: `TSMethodSignature[params.length>${MOST_PARAMETERS}]:not(TSInterfaceDeclaration[extends.0.expression.object.name="WebAssembly"] *)`,
          message: `A method has at most ${MOST_PARAMETERS} parameters: take an options object, or a small value.`,
        },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'packages/heads/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript', tagNamePreference: { template: 'typeParam' } } },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: {
            FunctionDeclaration: true,
            ClassDeclaration: true,
            MethodDefinition: true,
            ArrowFunctionExpression: true,
            FunctionExpression: true,
          },
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'ExportNamedDeclaration > VariableDeclaration'],
          checkConstructors: false,
        },
      ],
      'jsdoc/require-description': ['error', { contexts: ['any'] }],
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true, checkDestructured: false }],
      'jsdoc/check-tag-names': 'error',
      'jsdoc/no-types': 'error',
      'jsdoc/require-throws-type': 'off',
    },
  },
  {
    // A tooltip shows the first sentence alone: it has a subject, or says what is done.
    files: ['**/*.{ts,tsx}'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/match-description': [
        'error',
        {
          contexts: ['any'],
          matchDescription: '^(?!(Of|By|At|As|What|Which|How)\\b)[\\s\\S]*$',
          message: 'Begin a docstring with a noun or a verb, not with "What" or "Of".',
        },
      ],
    },
  },
  {
    // The packages that run everywhere: no platform API.
    files: [
      'packages/{core,onnx,checkpoint,vit,train,analysis,model-tiny,runtime-kit,decoders,conformance,store,curate,heads/*}/src/**/*.ts',
      'packages/server/src/client/**/*.ts',
    ],
    ignores: ['**/*.test.ts', 'packages/analysis/src/node/**'],
    rules: {
      'no-restricted-globals': ['error', ...NODE_GLOBALS, ...BROWSER_GLOBALS],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'This package runs in browsers too.' }] }],
    },
  },
  {
    files: ['examples/**', 'benchmarks/**', 'scripts/**', 'docs/scripts/**', '{packages,apps}/*/scripts/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
)
