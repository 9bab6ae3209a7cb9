/** The C++ files of native/, as paths from the project's root with forward slashes. */
export function nativeSources(): string[]
/** Every include of a file that breaks the order, as `path:line: reason`. */
export function brokenIncludes(path: string, text: string): string[]
