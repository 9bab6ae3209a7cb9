// ESLint's rule for the order of layers. Relative imports name their file in full, so a path is all that is needed.
import { dirname, join, relative, sep } from 'node:path'
import { brokenOrder } from './layers.mjs'

const slashed = (path) => path.split(sep).join('/')

/** The text of an import; undefined where it is not known before the program runs. */
function specifierOf({ source }) {
  return source?.type === 'TemplateLiteral' ? source.quasis[0].value.cooked : source?.value
}

export const layerOrder = {
  meta: { type: 'problem', schema: [], docs: { description: 'Hold the order of layers in scripts/lint/layers.mjs' } },
  create(context) {
    const importer = slashed(relative(context.cwd, context.filename))
    const check = (node) => {
      const specifier = specifierOf(node)
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return
      const imported = slashed(join(dirname(importer), specifier.replace(/\?.*$/, '')))
      const message = brokenOrder(importer, imported)
      if (message) context.report({ node, message })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check
    }
  }
}
