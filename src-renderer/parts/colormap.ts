/** Colour maps as functions from 0..1 to red, green, blue in 0..255; perceptually even, safe for colour-blind eyes. */
export type Rgb = [red: number, green: number, blue: number]
export type ColorMap = (t: number) => Rgb
/** What colours are seen against */
export type Ground = 'dark' | 'light'

/** matplotlib's default map, through its ten published anchors. */
export const viridis = throughAnchors([
  '#440154',
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6ece58',
  '#b5de2b',
  '#fde725'
])

/** Nuñez et al. 2018, in the polynomial form published with d3-scale-chromatic. */
export const cividis: ColorMap = (t) => [
  channel(-4.54 - t * (35.34 - t * (2381.73 - t * (6402.7 - t * (7024.72 - t * 2710.57))))),
  channel(32.49 + t * (170.73 + t * (52.82 - t * (131.46 - t * (176.58 - t * 67.37))))),
  channel(81.24 + t * (442.36 - t * (2482.43 - t * (6167.24 - t * (6614.94 - t * 2475.67)))))
]

/** ColorBrewer's RdBu, blue below and red above: for light grounds, where the middle recedes. */
export const diverging = throughAnchors([
  '#053061',
  '#2166ac',
  '#4393c3',
  '#92c5de',
  '#d1e5f0',
  '#e4e4e4',
  '#fddbc7',
  '#f4a582',
  '#d6604d',
  '#b2182b',
  '#67001f'
])

/** The same hues with a dark middle, as in Crameri's berlin: for dark grounds. */
export const divergingOnDark = throughAnchors([
  '#9eb0ff',
  '#5aa3da',
  '#3c81aa',
  '#355a72',
  '#333c46',
  '#3a3a40',
  '#4b3a38',
  '#7a4335',
  '#ad6a5b',
  '#d68d84',
  '#ffb0ae'
])

/** Train, test, OOD: the tokens' colours, which mean the same everywhere. */
export const setColours: readonly [string, string, string] = ['#4c8dff', '#2bb3a3', '#ff9f43']

function hexToRgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

export function rgbToCss([red, green, blue]: Rgb): string {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`
}

/** A map as `size` RGBA texels for a texture. */
export function lookupTable(map: ColorMap, size = 256): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(size * 4)
  for (let i = 0; i < size; i++) table.set([...map(i / (size - 1)), 255], i * 4)
  return table
}

/** Three flat bands for train, test and OOD, at values 0, 0.5 and 1. */
export function setMap(t: number): Rgb {
  return hexToRgb(setColours[Math.min(2, Math.max(0, Math.round(t * 2)))])
}

function throughAnchors(hexes: string[]): ColorMap {
  const anchors = hexes.map(hexToRgb)
  return (t) => {
    const at = Math.min(1, Math.max(0, t)) * (anchors.length - 1)
    const below = Math.min(anchors.length - 2, Math.floor(at))
    const share = at - below
    const mix = (i: number) => anchors[below][i] + share * (anchors[below + 1][i] - anchors[below][i])
    return [mix(0), mix(1), mix(2)]
  }
}

function channel(value: number): number {
  return Math.min(255, Math.max(0, value))
}
