import type { Rule } from 'eslint'

/** ESLint's rule for the order of layers. */
export const layerOrder: Rule.RuleModule
