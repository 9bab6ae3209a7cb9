import { drawOverlay } from './overlay.ts'
import { neighbourLinks } from './halos.ts'
import { Flag } from './flags.ts'
import { greyed } from './materials.ts'
import { project, ScreenGrid } from './picking.ts'
import { FieldScene } from './scene.ts'
import type { Vector } from './box-frame.ts'
import type { Ground } from '../parts/colormap.ts'
import type { FieldHalos } from './halos.ts'
import type { Projected } from './picking.ts'
import type { OverlayColours, OverlayView } from './overlay.ts'

/** Keeps the scene, its overlay and the picking of halos in step. */
export class FieldView {
  readonly scene: FieldScene
  private readonly overlay: HTMLCanvasElement
  private colours: OverlayColours | null = null
  private regionColours = { ood: '#ff9f43', test: '#2bb3a3' }
  private halos: FieldHalos | null = null
  private flags: Uint8Array | null = null
  private grid: ScreenGrid | null = null
  private inspected: number | null = null
  private hovered: number | null = null
  private width = 1
  private height = 1

  /** @throws when the browser gives no WebGL */
  constructor(canvas: HTMLCanvasElement, overlay: HTMLCanvasElement) {
    this.overlay = overlay
    this.scene = new FieldScene(canvas, () => {
      this.grid = null
      this.drawOverlay()
    })
  }

  resize(width: number, height: number): void {
    if (width === 0 || height === 0) return
    this.width = width
    this.height = height
    const ratio = Math.min(2, devicePixelRatio)
    this.overlay.width = Math.round(width * ratio)
    this.overlay.height = Math.round(height * ratio)
    this.scene.resize(width, height)
  }

  /** Uses the colours of the current tokens. */
  setAppearance(tokens: CSSStyleDeclaration, ground: Ground): void {
    const token = (name: string) => tokens.getPropertyValue(`--${name}`).trim()
    this.colours = {
      text: token('text'),
      muted: token('muted'),
      line: token('line-strong'),
      font: token('font')
    }
    this.regionColours = { ood: token('ood'), test: token('test') }
    this.scene.setAppearance({
      ground,
      background: token('ground'),
      line: token('line-strong'),
      grey: ground === 'dark' ? '#3d4552' : '#c3cad4',
      accent: token('accent')
    })
  }

  setHalos(halos: FieldHalos): void {
    this.halos = halos
    this.grid = null
    this.inspected = this.hovered = null
    this.scene.setHalos(halos)
  }

  setFlags(flags: Uint8Array<ArrayBuffer>): void {
    this.flags = flags
    this.grid = null
    this.scene.setFlags(flags)
  }

  setInspected(halo: number | null, neighbours: readonly number[]): void {
    this.inspected = halo
    this.scene.setLinks(this.halos && halo !== null ? neighbourLinks(this.halos, halo, neighbours) : new Float32Array())
  }

  setHovered(halo: number | null): void {
    if (halo === this.hovered) return
    this.hovered = halo
    this.drawOverlay()
  }

  setDrawing(along: 0 | 1 | 2 | null): void {
    this.scene.setFlat(along)
  }

  /** Marks a region of the box, in the catalog's Mpc/h; null: none. */
  setRegion(low: readonly number[] | null, high: readonly number[] | null, role: 'ood' | 'test'): void {
    if (!this.halos || !low || !high) {
      this.scene.setRegion(null)
      return
    }
    const { origin, halfSides } = this.halos
    const inner = (corner: readonly number[]) =>
      corner.map((value, axis) => value - origin[axis] - halfSides[axis]) as Vector
    this.scene.setRegion({ low: inner(low), high: inner(high), colour: this.regionColours[role] })
  }

  /** The point under a pixel while drawing, in the catalog's Mpc/h. */
  pointAt(x: number, y: number): Vector {
    const point = this.scene.fromScreen(x, y)
    const { origin, halfSides } = this.halos ?? { origin: [0, 0, 0], halfSides: [0, 0, 0] }
    return point.map((value, axis) => value + origin[axis] + halfSides[axis]) as Vector
  }

  haloAt(x: number, y: number): number | null {
    this.grid ??= this.gridOfView()
    const halo = this.grid?.at(x, y) ?? -1
    return halo < 0 ? null : halo
  }

  /** Moves the view to a halo, near enough to see its neighbours within `radius` Mpc/h. */
  goTo(halo: number, radius: number): void {
    if (!this.halos) return
    this.scene.lookAt([...this.halos.positions.subarray(3 * halo, 3 * halo + 3)] as Vector, 4.5 * radius)
  }

  dispose(): void {
    this.scene.dispose()
  }

  private gridOfView(): ScreenGrid | null {
    if (!this.halos) return null
    const projected = this.project(this.halos.positions, this.halos.radii)
    // Picked as drawn: greyed halos are small.
    this.flags?.forEach((flag, halo) => {
      if (flag === Flag.greyed)
        projected.radius[halo] = Math.min(projected.radius[halo] * greyed.share, greyed.maxPixels / 2)
    })
    return new ScreenGrid(projected, this.width, this.height)
  }

  private project(positions: Float32Array, radii: Float32Array): Projected {
    return project(positions, radii, this.scene.viewProjection(), {
      width: this.width,
      height: this.height,
      pixelsPerUnit: this.scene.pixelsPerUnit(),
      minRadius: this.scene.minRadius
    })
  }

  private drawOverlay(): void {
    const context = this.overlay.getContext('2d')
    if (!context || !this.colours || !this.halos) return
    const view: OverlayView = {
      halfSides: this.halos.halfSides,
      origin: this.halos.origin,
      eye: this.scene.camera.position.toArray(),
      toScreen: (point) => this.scene.toScreen(point),
      pixelsPerUnit: this.scene.pixelsPerUnitAtTarget(),
      rings: [this.ring(this.hovered, 'thin'), this.ring(this.inspected, 'strong')].filter((ring) => ring !== null)
    }
    drawOverlay(context, view, this.colours)
  }

  private ring(halo: number | null, stroke: 'thin' | 'strong'): OverlayView['rings'][number] | null {
    if (halo === null || !this.halos) return null
    const { positions, radii } = this.halos
    const projected = this.project(positions.subarray(3 * halo, 3 * halo + 3), radii.subarray(halo, halo + 1))
    return projected.radius[0] > 0
      ? { x: projected.x[0], y: projected.y[0], radius: projected.radius[0], stroke }
      : null
  }
}
