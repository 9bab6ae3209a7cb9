import type { ProjectCatalog } from './contract/workspace.ts'

/** Names of the catalogs of a project that a browser sent, which lie in a temporary folder unless a save copies them. */
export function temporaryCatalogs(catalogs: readonly ProjectCatalog[]): string[] {
  return catalogs
    .filter(({ temporary, state }) => temporary && state !== 'missing')
    .map(({ path }) => path.split(/[\\/]/).at(-1) ?? path)
}

/** Why a save asks what becomes of these catalogs, and what it calls them. */
export function temporaryWords(names: readonly string[]): { sentence: string; them: 'it' | 'them' } {
  const [lie, them] = names.length === 1 ? (['lies', 'it'] as const) : (['lie', 'them'] as const)
  return { sentence: `${names.join(', ')} ${lie} in a temporary folder, because the browser sent ${them}.`, them }
}
