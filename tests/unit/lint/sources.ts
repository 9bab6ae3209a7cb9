import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { projectRoot } from '../../../src-main/native.ts'

const folders = ['src-main', 'src-renderer', 'src-shared', 'src-preload']

/** Every TypeScript and Svelte file of the program, from the project's root, with forward slashes. */
export const sourceFiles = globSync(
  folders.map((folder) => `${folder}/**/*.{ts,svelte}`),
  { cwd: projectRoot() }
)
  .map((path) => path.replaceAll('\\', '/'))
  .toSorted()

/** The TypeScript in a file: of a Svelte file, its scripts. */
function scriptOf(path: string): string {
  const text = readFileSync(join(projectRoot(), path), 'utf8')
  if (!path.endsWith('.svelte')) return text
  return [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, script]) => script).join('\n')
}

/** The files of the program that a file imports. */
export function importsOf(path: string): string[] {
  const { importedFiles } = ts.preProcessFile(scriptOf(path), true, true)
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => join(dirname(path), fileName.replace(/\?.*$/, '')).replaceAll('\\', '/'))
    .filter((imported) => sourceFiles.includes(imported))
}

/** The names that a file declares and exports, each once, whatever its overloads. */
export function exportedNames(path: string): Set<string> {
  const source = ts.createSourceFile(path, scriptOf(path), ts.ScriptTarget.Latest, true)
  const names = new Set<string>()
  for (const statement of source.statements) {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (!isExported) continue
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) bound(name).forEach((one) => names.add(one))
    else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    )
      if (statement.name) names.add(statement.name.text)
  }
  return names
}

function bound(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bound(element.name)))
}
