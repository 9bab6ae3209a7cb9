import js from '@eslint/js'
import globals from 'globals'
import svelte from 'eslint-plugin-svelte'
import tseslint from 'typescript-eslint'
import { layerOrder } from './scripts/lint/layer-order.mjs'

const electronOnlyInItsShell = {
  regex: '^electron(/.*)?$',
  message: 'Only src-main/electron and src-preload know that Electron exists.'
}
const noOutsideWorld = {
  regex: '^(better-sqlite3|ws|node:http|node:https|node:sqlite)$',
  message: 'Nothing below the service knows that a database, a socket or a window exists.'
}
const noHalos = {
  regex: '/(catalog|particles|graph)/',
  message: 'The expression language and its search know tables, not halos.'
}

/** Forbids imports in some files: patterns of no-restricted-imports. */
function forbid(files, ...patterns) {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } }
}

export default tseslint.config(
  { ignores: ['out/**', 'native/build*/**', 'node_modules/**', 'test-results/**', 'coverage/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      // It does not see what closures assign.
      'no-useless-assignment': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      'prefer-const': ['error', { destructuring: 'all' }],
      'object-shorthand': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }
      ],
      // Indices into typed arrays are proven by the loop around them; the assertion is how that is said.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }]
    }
  },
  {
    files: ['src-renderer/**', 'src-preload/**', 'tests/e2e/**'],
    languageOptions: { globals: { ...globals.browser, ...globals.node } }
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'] } },
    rules: {
      // The type checker knows the names in a template better than the linter does.
      'no-undef': 'off',
      // Caches and look-up tables are plain on purpose, and svelte-check judges the ignored warnings.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-unused-svelte-ignore': 'off'
    }
  },
  { files: ['**/*.ts'], rules: { 'no-undef': 'off' } },
  // Reference values are written with the digits of their source.
  { files: ['tests/**'], rules: { 'no-loss-of-precision': 'off' } },
  {
    files: ['tests/**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['test', 'describe', 'it'].flatMap((object) =>
          ['skip', 'skipIf', 'runIf', 'todo', 'only'].map((property) => ({
            object,
            property,
            message:
              'A test is left out by needs(...) in tests/fixtures/needs.ts, so that `npm test` lists it with the reason.'
          }))
        )
      ]
    }
  },
  {
    files: ['src-main/**', 'src-preload/**', 'src-renderer/**', 'src-shared/**'],
    plugins: { halolaw: { rules: { 'layer-order': layerOrder } } },
    rules: {
      'halolaw/layer-order': 'error',
      // More belong together under a name, as in HaloGraph {catalog, neighbours}.
      'max-params': ['error', 5]
    }
  },
  forbid(['src-main/**'], electronOnlyInItsShell, {
    group: ['**/src-renderer/**', '**/src-preload/**'],
    message: 'The service side never imports the window.'
  }),
  ...['catalog', 'graph', 'gnn', 'law', 'evaluation', 'run'].map((layer) =>
    forbid([`src-main/${layer}/**`], electronOnlyInItsShell, noOutsideWorld)
  ),
  forbid(['src-main/symbolic/**'], electronOnlyInItsShell, noOutsideWorld, noHalos),
  forbid(['src-renderer/**'], electronOnlyInItsShell, {
    group: ['**/src-main/**', '**/src-preload/**'],
    message: 'The window speaks with the service through src-shared/contract.ts only.'
  }),
  forbid(['src-shared/**'], { regex: '^(?!\\.{1,2}/)', message: 'src-shared imports nothing but itself.' }),
  forbid(['src-main/electron/**', 'src-preload/**'], {
    group: ['**/src-renderer/**', '**/service/**', '**/project/**'],
    message: 'The desktop shell relays messages; the service is another process.'
  })
)
