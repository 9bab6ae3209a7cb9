import type { Catalog } from './catalog.ts'
import type { Values, WholeNumbers } from './table/table.ts'

/** A catalog with these rows only, in this order; its columns' statistics stay those of the whole catalog. */
export function catalogOfRows(catalog: Catalog, rows: Uint32Array): Catalog {
  const take = <T extends Values>(values: T): T => {
    const subset = values instanceof Float32Array ? new Float32Array(rows.length) : new Float64Array(rows.length)
    for (let i = 0; i < rows.length; i++) subset[i] = values[rows[i]]
    return subset as T
  }
  const takeWhole = (values: WholeNumbers): WholeNumbers => {
    const subset = values instanceof BigInt64Array ? new BigInt64Array(rows.length) : new BigUint64Array(rows.length)
    for (let i = 0; i < rows.length; i++) subset[i] = values[rows[i]]
    return subset
  }
  const { velocity, mass, extra, exact } = catalog
  return {
    ...catalog,
    halos: rows.length,
    x: take(catalog.x),
    y: take(catalog.y),
    z: take(catalog.z),
    velocity: velocity === null ? null : { vx: take(velocity.vx), vy: take(velocity.vy), vz: take(velocity.vz) },
    mass: mass === null ? null : take(mass),
    extra: new Map([...extra].map(([name, values]) => [name, take(values)])),
    ...(exact && { exact: new Map([...exact].map(([name, values]) => [name, takeWhole(values)])) })
  }
}
