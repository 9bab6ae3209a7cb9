// The order of layers: in every folder that has folders, what may import what. `npm run lint` holds it.
//
// An order is read from the bottom: each entry may import the entries before it and itself. An entry is a folder or a file
// of the folder that the order is for; '.' is every file there that is not named. Entries in one array stand side by
// side: none of them may import another.
export const orders = {
  '': ['src-shared', ['src-main', 'src-preload', 'src-renderer']],
  'src-main': [
    'log.ts',
    'uploads.ts',
    ['random.ts', 'work.ts', 'frames.ts', 'near-names.ts', 'page-files.ts'],
    'native.ts',
    'backend.ts',
    'supervisor',
    'catalog',
    'graph',
    'symbolic',
    ['gnn', 'law'],
    'evaluation',
    'run',
    'project',
    'service',
    'server',
    'cli',
    'electron'
  ],
  'src-main/catalog': ['table', 'readers', '.'],
  'src-main/catalog/readers': [['text', 'hdf5'], '.'],
  'src-main/symbolic': [
    'language',
    ['algebra', 'table'],
    ['fit', 'constraints'],
    'template',
    'search',
    'choose',
    'regression',
    '.'
  ],
  'src-main/symbolic/language': ['.', 'print'],
  'src-main/symbolic/search': ['seeds', '.'],
  'src-main/law': ['.', 'rewrite', ['fit', 'text'], 'search', 'baselines'],
  'src-main/law/text': ['print', '.'],
  'src-main/gnn': ['network', 'engines', ['training', 'inference', 'onnx'], '.'],
  'src-main/gnn/engines': ['shared', 'cpu', ['tensorflow', 'webgpu'], '.'],
  'src-main/gnn/engines/webgpu': ['wgsl', 'device', '.'],
  'src-main/run': [['state', 'method'], 'laws', 'steps', '.'],
  'src-main/service': ['jobs', 'workspace', '.'],
  // By #include; scripts/lint/includes.mjs reads them.
  native: [['common', 'simd'], 'kernels', ['grid', 'expression'], ['network', 'sums'], ['binding', 'reference']],
  'src-shared': ['errors.ts', 'contract', '.'],
  'src-renderer': [
    'parts',
    ['state', 'plots'],
    ['catalog', 'masks'],
    ['run', 'field', 'project'],
    ['training', 'formula', 'compare'],
    'app',
    '.'
  ]
}

/**
 * Why `importer` may not import `imported`, as one sentence; null where it may. Both are paths from the project's root,
 * with forward slashes.
 */
export function brokenOrder(importer, imported) {
  const from = importer.split('/')
  const to = imported.split('/')
  let depth = 0
  while (depth < Math.min(from.length, to.length) - 1 && from[depth] === to[depth]) depth++
  const folder = from.slice(0, depth).join('/')
  const order = orders[folder]
  if (!order) return null
  const [importerPlace, importedPlace] = [placeIn(order, from, depth), placeIn(order, to, depth)]
  const missing = importerPlace ? (importedPlace ? null : to[depth]) : from[depth]
  if (missing)
    return `"${missing}" has no place in the order of ${folder || 'the project'}; give it one in scripts/lint/layers.mjs.`
  const sameEntry = importerPlace.entry === importedPlace.entry
  if (sameEntry || importedPlace.level < importerPlace.level) return null
  const sequence = order.map((entry) => (Array.isArray(entry) ? `{${entry.join(', ')}}` : entry)).join(' < ')
  return `In ${folder || 'the project'} imports point one way: ${sequence}; ${importerPlace.entry} may not import ${importedPlace.entry}.`
}

function placeIn(order, path, depth) {
  const isFile = depth === path.length - 1
  for (const name of isFile ? [path[depth], '.'] : [path[depth]]) {
    const level = order.findIndex((entry) => (Array.isArray(entry) ? entry.includes(name) : entry === name))
    if (level >= 0) return { level, entry: name }
  }
  return null
}
