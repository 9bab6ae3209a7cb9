import { niceLength, niceTicks, tickEdges } from './box-frame.ts'
import type { Vector } from './box-frame.ts'
import { formatNumber } from '../parts/format.ts'

export interface OverlayView {
  /** Half the box's sides and where its lower corner lies, Mpc/h */
  halfSides: Vector
  origin: Vector
  eye: Vector
  toScreen: (point: Vector) => [x: number, y: number]
  pixelsPerUnit: number
  /** Rings around halos: place and radius in CSS pixels */
  rings: { x: number; y: number; radius: number; stroke: 'thin' | 'strong' }[]
}

export interface OverlayColours {
  text: string
  muted: string
  line: string
  font: string
}

/** Draws the flat annotations over the field: ticks and names of the axes, the scale bar, rings. */
export function drawOverlay(context: CanvasRenderingContext2D, view: OverlayView, colours: OverlayColours): void {
  const { width, height } = context.canvas
  const ratio = width / Math.max(1, context.canvas.clientWidth)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  drawAxes(context, view, colours)
  drawScaleBar(context, view, colours, height / ratio)
  for (const { x, y, radius, stroke } of view.rings) {
    context.beginPath()
    context.arc(x, y, Math.max(5, radius + 3), 0, 2 * Math.PI)
    context.strokeStyle = stroke === 'strong' ? colours.text : colours.muted
    context.lineWidth = stroke === 'strong' ? 1.5 : 1
    context.stroke()
  }
}

function drawAxes(context: CanvasRenderingContext2D, view: OverlayView, colours: OverlayColours): void {
  const { halfSides, origin, toScreen } = view
  const centre = toScreen([0, 0, 0])
  const scaled = (point: Vector): Vector => point.map((value, i) => value * halfSides[i]) as Vector
  const eye = view.eye.map((value, i) => value / halfSides[i]) as Vector
  context.font = `11px ${colours.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineWidth = 1
  for (const { axis, from, to } of tickEdges(eye, (point) => toScreen(scaled(point)))) {
    const a = toScreen(scaled(from))
    const b = toScreen(scaled(to))
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    if (length < 40) continue
    // Outward on the screen: across the edge, away from the box's centre.
    let nx = -(b[1] - a[1]) / length
    let ny = (b[0] - a[0]) / length
    if (nx * ((a[0] + b[0]) / 2 - centre[0]) + ny * ((a[1] + b[1]) / 2 - centre[1]) < 0) [nx, ny] = [-nx, -ny]
    const count = Math.max(1, Math.min(5, Math.floor(length / 44)))
    context.strokeStyle = colours.muted
    context.fillStyle = colours.muted
    const half = halfSides[axis]
    for (const value of niceTicks(origin[axis], origin[axis] + 2 * half, count)) {
      const along = from.map((corner, i) => (i === axis ? (value - origin[axis]) / half - 1 : corner)) as Vector
      const [x, y] = toScreen(scaled(along))
      context.beginPath()
      context.moveTo(x, y)
      context.lineTo(x + 4 * nx, y + 4 * ny)
      context.stroke()
      context.fillText(formatNumber(value), x + 15 * nx, y + 11 * ny)
    }
    context.fillStyle = colours.text
    const name = `${'xyz'[axis]} (Mpc/h)`
    if (axis === 2) {
      // There may be no room beside the vertical edge, so its name is on its upper end.
      const [x, y] = a[1] < b[1] ? a : b
      context.fillText(name, Math.max(x, 32), y - 14)
      continue
    }
    const away = 34 + 10 * Math.abs(nx)
    context.fillText(name, (a[0] + b[0]) / 2 + away * nx, (a[1] + b[1]) / 2 + away * 0.9 * ny)
  }
}

function drawScaleBar(
  context: CanvasRenderingContext2D,
  view: OverlayView,
  colours: OverlayColours,
  height: number
): void {
  const length = niceLength(110 / view.pixelsPerUnit)
  const pixels = length * view.pixelsPerUnit
  const [x, y] = [16, height - 16]
  context.strokeStyle = colours.text
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(x, y - 4)
  context.lineTo(x, y)
  context.lineTo(x + pixels, y)
  context.lineTo(x + pixels, y - 4)
  context.stroke()
  context.fillStyle = colours.text
  context.textAlign = 'left'
  context.textBaseline = 'alphabetic'
  context.fillText(`${formatNumber(length)} Mpc/h`, x, y - 8)
}
