import js from '@eslint/js'
import globals from 'globals'
import svelte from 'eslint-plugin-svelte'
import tseslint from 'typescript-eslint'

/** Forbids a room to import others: imports point one way, from the shells down to the native kernels. */
function room(files, { forbidden, why, also = [] }) {
  const group = forbidden.flatMap((name) => [`**/${name}`, `**/${name}/**`])
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group, message: why }, electronOnlyInItsRoom, ...also] }]
    }
  }
}

const electronOnlyInItsRoom = {
  regex: '^electron(/.*)?$',
  message: 'Only src-main/electron and src-preload know that Electron exists.'
}
const shells = ['electron', 'server', 'cli']
const noDatabase = {
  regex: '^(better-sqlite3|ws|node:http|node:https|node:sqlite)$',
  message: 'Nothing below the service knows that a database, a socket or a window exists.'
}

// Each layer lists what lies above or beside it.
const above = {
  service: [...shells, 'src-renderer'],
  project: [...shells, 'service', 'evaluation', 'src-renderer'],
  evaluation: [...shells, 'service', 'project', 'src-renderer'],
  law: [...shells, 'service', 'project', 'evaluation', 'src-renderer'],
  gnn: [...shells, 'service', 'project', 'evaluation', 'law', 'symbolic', 'src-renderer'],
  symbolic: [...shells, 'service', 'project', 'evaluation', 'law', 'gnn', 'graph', 'catalog', 'src-renderer'],
  graph: [...shells, 'service', 'project', 'evaluation', 'law', 'gnn', 'symbolic', 'src-renderer'],
  catalog: [...shells, 'service', 'project', 'evaluation', 'law', 'gnn', 'graph', 'src-renderer']
}
const why =
  'Imports point one way: shells -> service -> {project, evaluation} -> {law, gnn, symbolic} -> graph -> catalog.'

export default tseslint.config(
  { ignores: ['out/**', 'native/build/**', 'node_modules/**', 'test-results/**', 'coverage/**'] },
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
  room(['src-main/**'], {
    forbidden: ['src-renderer', 'src-preload'],
    why: 'The service side never imports the window.'
  }),
  room(['src-main/service/**'], { forbidden: above.service, why }),
  ...['project', 'evaluation', 'law', 'gnn', 'symbolic', 'graph', 'catalog'].map((name) =>
    room([`src-main/${name}/**`], { forbidden: above[name], why, also: name === 'project' ? [] : [noDatabase] })
  ),
  room(['src-renderer/**'], {
    forbidden: ['src-main', 'src-preload'],
    why: 'The window speaks with the service through src-shared/contract.ts only.'
  }),
  {
    files: ['src-shared/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'src-shared imports nothing but itself.' }] }
      ]
    }
  },
  {
    files: ['src-main/electron/**', 'src-preload/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/src-renderer/**', '**/service/**', '**/project/**'],
              message: 'The desktop shell relays messages; the service is another process.'
            }
          ]
        }
      ]
    }
  }
)
