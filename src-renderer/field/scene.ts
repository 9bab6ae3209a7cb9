import * as THREE from 'three'
import { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import { boxEdges } from './box-frame.ts'
import { coreMaterial, fieldUniforms, glowMaterial, greyed } from './materials.ts'
import type { Ground } from '../parts/colormap.ts'
import type { Vector } from './box-frame.ts'

export interface Halos {
  /** xyz interleaved, Mpc/h, centred on the box */
  positions: Float32Array<ArrayBuffer>
  /** Drawn radius, Mpc/h */
  radii: Float32Array<ArrayBuffer>
  /** Half of the box's sides, Mpc/h */
  halfSides: Vector
}

export interface FieldColours {
  ground: Ground
  /** CSS colours */
  background: string
  line: string
  grey: string
  accent: string
}

const fieldOfView = 35
/** CSS pixels that the smallest halo is drawn across */
const minPixels = 1.8
const flatFieldOfView = 0.8
/** Decay time of the camera's motion after the pointer is released, ms */
const dampingTime = 90

/** The halo field in WebGL. It draws only after a change. */
export class FieldScene {
  readonly camera = new THREE.PerspectiveCamera(fieldOfView, 1, 1, 10_000)
  private readonly renderer: THREE.WebGLRenderer
  private readonly controls: OrbitControls
  private readonly scene = new THREE.Scene()
  private readonly uniforms = fieldUniforms()
  private readonly geometry = new THREE.BufferGeometry()
  private readonly glow = new THREE.Points(this.geometry, glowMaterial(this.uniforms))
  private readonly core = new THREE.Points(this.geometry, coreMaterial(this.uniforms, 'dark'))
  private readonly box = new THREE.LineSegments(
    new THREE.BufferGeometry(),
    new THREE.LineBasicMaterial({ depthWrite: false })
  )
  private readonly links = new THREE.LineSegments(
    new THREE.BufferGeometry(),
    new THREE.LineBasicMaterial({ transparent: true, opacity: 0.45 })
  )
  private readonly region = new THREE.LineSegments(
    new THREE.EdgesGeometry(new THREE.BoxGeometry(1, 1, 1)),
    new THREE.LineBasicMaterial({ depthTest: false, transparent: true })
  )
  private readonly onDrawn: () => void
  private frame = 0
  private drawnAt = 0
  private dark = true
  private slow = false
  private rest: ReturnType<typeof setTimeout> | undefined
  /** The user has turned or zoomed, so resizing keeps the view. */
  private moved = false
  private flat: 0 | 1 | 2 | null = null
  private halfSides: Vector = [1, 1, 1]
  /** Half of the side of a cube with the box's diagonal, Mpc/h */
  private half = 1
  private width = 1
  private height = 1

  /** @throws when the browser gives no WebGL */
  constructor(canvas: HTMLCanvasElement, onDrawn: () => void) {
    this.onDrawn = onDrawn
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, powerPreference: 'high-performance' })
    this.camera.up.set(0, 0, 1)
    this.controls = new OrbitControls(this.camera, canvas)
    this.controls.enableDamping = !matchMedia('(prefers-reduced-motion: reduce)').matches
    this.controls.zoomToCursor = true
    this.controls.addEventListener('change', () => this.invalidate())
    this.controls.addEventListener('start', () => (this.moved = true))
    this.region.visible = false
    this.core.frustumCulled = this.glow.frustumCulled = this.links.frustumCulled = false
    this.scene.add(this.box, this.core, this.links, this.glow, this.region)
    this.glow.renderOrder = 1
    this.region.renderOrder = 2
  }

  setHalos({ positions, radii, halfSides }: Halos): void {
    const count = radii.length
    this.geometry.setAttribute('position', new THREE.BufferAttribute(positions, 3))
    this.geometry.setAttribute('radius', new THREE.BufferAttribute(radii, 1))
    this.geometry.setAttribute('value', new THREE.BufferAttribute(new Float32Array(count).fill(-1), 1))
    this.geometry.setAttribute('flag', new THREE.BufferAttribute(new Uint8Array(count), 1))
    this.halfSides = halfSides
    this.half = Math.hypot(...halfSides) / Math.sqrt(3)
    this.box.geometry.setAttribute(
      'position',
      new THREE.Float32BufferAttribute(
        boxEdges.flatMap(({ from, to }) => [from, to].flatMap((end) => end.map((value, i) => value * halfSides[i]))),
        3
      )
    )
    this.reset()
  }

  /**
   * Sets places along the colour map, 0..1 or -1 for none, and the map as 256 RGBA texels. `glow` is from 0 to 1: low where
   * colours must not blend, as those of sets and of residuals on either side of zero.
   */
  setColours(values: Float32Array<ArrayBuffer>, table: Uint8Array<ArrayBuffer>, glow: number): void {
    // Light adds up, so each halo glows less the more of them overlap on screen.
    this.uniforms.glow.value = glow * Math.min(0.3, 0.16 * Math.sqrt(40_000 / Math.max(values.length, 1)))
    this.geometry.setAttribute('value', new THREE.BufferAttribute(values, 1))
    this.uniforms.lookup.value.image.data?.set(table)
    this.uniforms.lookup.value.needsUpdate = true
    this.invalidate()
  }

  setFlags(flags: Uint8Array<ArrayBuffer>): void {
    this.geometry.setAttribute('flag', new THREE.BufferAttribute(flags, 1))
    this.invalidate()
  }

  /** Draws lines between pairs of ends, xyz each, Mpc/h. */
  setLinks(ends: Float32Array<ArrayBuffer>): void {
    this.links.geometry.dispose()
    this.links.geometry = new THREE.BufferGeometry()
    this.links.geometry.setAttribute('position', new THREE.BufferAttribute(ends, 3))
    this.invalidate()
  }

  /** Outlines a region of the box, such as a mask being drawn. */
  setRegion(region: { low: Vector; high: Vector; colour: string } | null): void {
    this.region.visible = region !== null
    if (region) {
      const { low, high } = region
      this.region.scale.set(...(low.map((value, i) => Math.max(high[i] - value, 1e-3)) as Vector))
      this.region.position.set(...(low.map((value, i) => (value + high[i]) / 2) as Vector))
      this.region.material.color.set(region.colour)
    }
    this.invalidate()
  }

  setAppearance({ ground, background, line, grey, accent }: FieldColours): void {
    this.renderer.setClearColor(background)
    this.uniforms.ground.value.set(background).convertLinearToSRGB()
    this.uniforms.grey.value.set(grey).convertLinearToSRGB()
    this.box.material.color.set(line)
    this.links.material.color.set(accent)
    this.dark = ground === 'dark'
    this.core.material.dispose()
    this.core.material = coreMaterial(this.uniforms, ground)
    this.invalidate()
  }

  resize(width: number, height: number): void {
    this.width = width
    this.height = height
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio))
    this.renderer.setSize(width, height, false)
    this.camera.aspect = width / Math.max(1, height)
    this.camera.updateProjectionMatrix()
    if (!this.moved && this.flat === null) this.reset()
    this.invalidate()
  }

  /** Returns to the first view: the whole box from above a corner. */
  reset(): void {
    this.moved = false
    const narrow = Math.min(1, this.camera.aspect)
    // Leaves room for the axes beside the box, which take the same pixels in a pane of any width.
    const room = 1 + 50 / Math.max(200, Math.min(this.width, this.height))
    const distance = (this.half * 1.72 * room) / Math.tan((fieldOfView * Math.PI) / 360) / narrow
    this.controls.target.set(0, 0, 0)
    this.camera.position.setFromSphericalCoords(distance, 1.16, 0.62)
    this.camera.position.set(this.camera.position.x, -this.camera.position.z, this.camera.position.y)
    this.camera.near = this.half / 500
    this.camera.far = this.half * 40
    this.camera.updateProjectionMatrix()
    this.controls.minDistance = this.half / 100
    this.controls.maxDistance = this.half * 20
    this.controls.update()
    this.invalidate()
  }

  /** Centres the view on a point, from `distance` away in the current direction; both in Mpc/h. */
  lookAt(point: Vector, distance: number): void {
    if (this.flat !== null) return
    this.moved = true
    const offset = this.camera.position.clone().sub(this.controls.target).setLength(distance)
    this.controls.target.set(...point)
    this.camera.position.copy(this.controls.target).add(offset)
    this.invalidate()
  }

  /** Turns the view about the target, radians. */
  orbit(right: number, up: number): void {
    if (this.flat !== null) return
    this.moved = true
    const offset = this.camera.position.clone().sub(this.controls.target)
    const spherical = new THREE.Spherical().setFromVector3(new THREE.Vector3(offset.x, offset.z, -offset.y))
    spherical.theta -= right
    spherical.phi = Math.min(Math.PI - 0.01, Math.max(0.01, spherical.phi - up))
    const turned = new THREE.Vector3().setFromSpherical(spherical)
    this.camera.position.copy(this.controls.target).add(new THREE.Vector3(turned.x, -turned.z, turned.y))
    this.invalidate()
  }

  /** Looks along an axis from far enough that the view is flat, for drawing on the box; null: returns to the first view. */
  setFlat(axis: 0 | 1 | 2 | null): void {
    if (axis === this.flat) return
    this.flat = axis
    this.controls.enabled = axis === null
    this.camera.fov = axis === null ? fieldOfView : flatFieldOfView
    this.camera.up.set(0, axis === 2 ? 1 : 0, axis === 2 ? 0 : 1)
    if (axis === null) {
      this.reset()
      return
    }
    const [across, up] = this.halfSides.filter((_, other) => other !== axis)
    const seenHalf = Math.max(up, across / this.camera.aspect)
    const distance = (seenHalf * 1.28) / Math.tan((flatFieldOfView * Math.PI) / 360)
    const places: Vector[] = [
      [distance, 0, 0],
      [0, -distance, 0],
      [0, 0, distance]
    ]
    this.camera.position.set(...places[axis])
    this.camera.lookAt(0, 0, 0)
    this.camera.near = distance - 4 * this.half
    this.camera.far = distance + 4 * this.half
    this.camera.updateProjectionMatrix()
    this.invalidate()
  }

  /** The point under a pixel, Mpc/h, on the plane through the middle of the box that faces a flat view. */
  fromScreen(x: number, y: number): Vector {
    const direction = new THREE.Vector3((2 * x) / this.width - 1, 1 - (2 * y) / this.height, 0.5)
      .unproject(this.camera)
      .sub(this.camera.position)
    const facing = this.camera.position.clone().normalize()
    const reach = -this.camera.position.dot(facing) / direction.dot(facing)
    return this.camera.position.clone().addScaledVector(direction, reach).toArray()
  }

  zoom(factor: number): void {
    if (this.flat !== null) return
    this.moved = true
    const offset = this.camera.position
      .clone()
      .sub(this.controls.target)
      .multiplyScalar(1 / factor)
    this.camera.position.copy(this.controls.target).add(offset)
    this.invalidate()
  }

  /** CSS pixels that one Mpc/h takes at the target's distance. */
  pixelsPerUnitAtTarget(): number {
    return this.pixelsPerUnit() / this.camera.position.distanceTo(this.controls.target)
  }

  /** CSS pixels that one Mpc/h takes at distance one. */
  pixelsPerUnit(): number {
    return this.height / (2 * Math.tan((this.camera.fov * Math.PI) / 360))
  }

  /** CSS pixels */
  readonly minRadius = minPixels / 2

  viewProjection(): number[] {
    this.camera.updateMatrixWorld()
    return new THREE.Matrix4().multiplyMatrices(this.camera.projectionMatrix, this.camera.matrixWorldInverse).elements
  }

  /** CSS pixels of a point given in Mpc/h. */
  toScreen(point: Vector): [x: number, y: number] {
    const { x, y } = new THREE.Vector3(...point).project(this.camera)
    return [(0.5 + x / 2) * this.width, (0.5 - y / 2) * this.height]
  }

  invalidate(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      this.draw()
    })
  }

  dispose(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.rest)
    this.controls.dispose()
    for (const object of [this.core, this.glow, this.box, this.links, this.region]) {
      object.geometry.dispose()
      object.material.dispose()
    }
    this.uniforms.lookup.value.dispose()
    this.renderer.dispose()
  }

  private draw(): void {
    // Damping moves the camera after the pointer is released, for the same time at any frame rate; each change requests
    // the next frame.
    const now = performance.now()
    const elapsed = now - this.drawnAt
    this.drawnAt = now
    this.controls.dampingFactor = 1 - Math.exp(-Math.min(elapsed, 250) / dampingTime)
    if (this.flat === null) this.controls.update()
    this.spareGlow(elapsed)
    const ratio = this.renderer.getPixelRatio()
    const distance = this.camera.position.length()
    this.uniforms.pixelsPerUnit.value = this.pixelsPerUnit() * ratio
    this.uniforms.minPixels.value = minPixels * ratio
    this.uniforms.greyedPixels.value = greyed.maxPixels * ratio
    this.uniforms.fade.value.set(Math.max(0, distance - this.half), distance + 1.7 * this.half)
    this.renderer.render(this.scene, this.camera)
    this.onDrawn()
  }

  /** Hides the glow while the picture moves if frames are slow, as without a GPU. */
  private spareGlow(elapsed: number): void {
    const moving = elapsed < 300
    if (moving) this.slow = elapsed > 70 || (this.slow && elapsed > 25)
    this.glow.visible = this.dark && !(moving && this.slow)
    clearTimeout(this.rest)
    if (this.dark && !this.glow.visible) this.rest = setTimeout(() => this.invalidate(), 320)
  }
}
