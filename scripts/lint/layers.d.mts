/** The order of layers by folder; entries in one array stand side by side. */
export const orders: Record<string, (string | string[])[]>
/** Why `importer` may not import `imported`, as one sentence; null where it may. */
export function brokenOrder(importer: string, imported: string): string | null
