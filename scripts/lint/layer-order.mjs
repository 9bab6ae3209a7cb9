// ESLint's rule for the order of layers. Relative imports name their file in full, so a path is all that is needed.
import { dirname, join, relative, sep } from 'node:path'
import { brokenOrder } from './layers.mjs'

const slashed = (path) => path.split(sep).join('/')

/** The text of an import; undefined where it is not known before the program runs. */
function textOf(source) {
  return source?.type === 'TemplateLiteral' ? source.quasis[0].value.cooked : source?.value
}

/** True for `new URL('FILE.ts', import.meta.url)`, which names a worker's source; a bundle of the build ends in .js. */
function isSourceAddress({ callee, arguments: [file, base] }) {
  return (
    callee.type === 'Identifier' &&
    callee.name === 'URL' &&
    /\.ts$/.test(textOf(file)) &&
    base?.type === 'MemberExpression' &&
    base.object.type === 'MetaProperty' &&
    base.property.name === 'url'
  )
}

export const layerOrder = {
  meta: { type: 'problem', schema: [], docs: { description: 'Hold the order of layers in scripts/lint/layers.mjs' } },
  create(context) {
    const importer = slashed(relative(context.cwd, context.filename))
    const check = (node, source = node.source) => {
      const specifier = textOf(source)
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return
      const imported = slashed(join(dirname(importer), specifier.replace(/\?.*$/, '')))
      const message = brokenOrder(importer, imported)
      if (message) context.report({ node, message })
    }
    const checkAddress = (node) => {
      if (isSourceAddress(node)) check(node, node.arguments[0])
    }
    return {
      NewExpression: checkAddress,
      ImportDeclaration: (node) => check(node),
      ImportExpression: (node) => check(node),
      TSImportType: (node) => check(node),
      ExportNamedDeclaration: (node) => check(node),
      ExportAllDeclaration: (node) => check(node)
    }
  }
}
