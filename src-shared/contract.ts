/**
 * The contract between the service and every window. Plain data only.
 * A call is `{ id, method, params }`; its answer `{ id, result }` or `{ id, error: { code, message } }`.
 * Columns travel as Arrow IPC bytes: a method whose result is Bytes answers with one binary frame.
 * Events arrive as `{ event, data }`, at most ten a second each.
 */
export type * from './contract/catalog.ts'
export type * from './contract/config.ts'
export * from './contract/models.ts'
export type * from './contract/uncertainty.ts'
export type * from './contract/search.ts'
export type * from './contract/laws.ts'
export type * from './contract/run.ts'
export type * from './contract/workspace.ts'
export type * from './contract/service.ts'
