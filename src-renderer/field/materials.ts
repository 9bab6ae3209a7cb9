import * as THREE from 'three'
import type { Ground } from '../parts/colormap.ts'

/** Uniforms that the field's two point materials share. */
export interface FieldUniforms {
  lookup: { value: THREE.DataTexture }
  /** Pixels per Mpc/h at distance one */
  pixelsPerUnit: { value: number }
  minPixels: { value: number }
  greyedPixels: { value: number }
  /** Distances at which the depth fade starts and ends, Mpc/h */
  fade: { value: THREE.Vector2 }
  ground: { value: THREE.Color }
  grey: { value: THREE.Color }
  glow: { value: number }
}

/** Greyed halos are drawn small, so that they hide nothing: a share of their size, at most `maxPixels` CSS pixels across. */
export const greyed = { share: 0.6, maxPixels: 7 }

const vertex = /* glsl */ `
attribute float radius;
attribute float value;
attribute float flag;
uniform sampler2D lookup;
uniform float pixelsPerUnit, minPixels, greyedPixels;
const float greyedShare = ${greyed.share.toFixed(2)};
uniform vec2 fade;
uniform vec3 grey;
varying vec3 tint;
varying float fading, pixels, lit;

void main() {
  vec4 eye = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * eye;
  bool greyed = mod(flag, 2.0) >= 1.0;
  bool marked = flag >= 4.0;
  float size = 2.0 * radius * pixelsPerUnit / max(gl_Position.w, 1e-6);
  size = clamp(greyed ? min(size * greyedShare, greyedPixels) : size, minPixels, 160.0) + (marked ? 4.0 : 0.0);
  tint = greyed || value < 0.0 ? grey : texture2D(lookup, vec2(value * 255.0 / 256.0 + 0.5 / 256.0, 0.5)).rgb;
  fading = clamp((-eye.z - fade.x) / (fade.y - fade.x), 0.0, 1.0);
  lit = greyed ? 0.0 : 1.0;
  pixels = size * SPREAD;
  gl_PointSize = pixels;
}
`

const core = /* glsl */ `
uniform vec3 ground;
varying vec3 tint;
varying float fading, pixels, lit;

void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  float r = length(at);
  float edge = 2.0 / pixels;
  float cover = 1.0 - smoothstep(1.0 - edge, 1.0, r);
  if (cover < 0.35) discard;
  vec3 colour = tint;
  #ifdef OUTLINE
    // A darker rim separates overlapping halos on a light ground; small and greyed points have none.
    float rim = lit * smoothstep(1.0 - 2.5 * edge, 1.0 - edge, r) * smoothstep(3.0, 7.0, pixels);
    colour = mix(colour, colour * 0.55, rim);
    colour = mix(colour, ground, fading * (lit > 0.5 ? 0.55 : 0.75));
  #else
    // A soft, slightly raised disc.
    colour *= 0.78 + 0.34 * (1.0 - r * r);
    colour = mix(colour, ground, fading * (lit > 0.5 ? 0.72 : 0.85));
  #endif
  gl_FragColor = vec4(colour, 1.0);
}
`

const glow = /* glsl */ `
uniform float glow;
varying vec3 tint;
varying float fading, pixels, lit;

void main() {
  if (lit < 0.5) discard;
  float r = length(gl_PointCoord * 2.0 - 1.0);
  if (r > 1.0) discard;
  float fall = (1.0 - r) * (1.0 - r);
  gl_FragColor = vec4(tint * fall * glow * (1.0 - 0.85 * fading), 1.0);
}
`

export function fieldUniforms(): FieldUniforms {
  const lookup = new THREE.DataTexture(new Uint8Array(256 * 4), 256, 1)
  lookup.minFilter = THREE.NearestFilter
  lookup.magFilter = THREE.NearestFilter
  return {
    lookup: { value: lookup },
    pixelsPerUnit: { value: 1 },
    minPixels: { value: 1.8 },
    greyedPixels: { value: greyed.maxPixels },
    fade: { value: new THREE.Vector2(0, 1) },
    ground: { value: new THREE.Color() },
    grey: { value: new THREE.Color() },
    glow: { value: 0.2 }
  }
}

/** Opaque round points that hide what is behind them; with an outline against a light ground. */
export function coreMaterial(uniforms: FieldUniforms, against: Ground): THREE.ShaderMaterial {
  return new THREE.ShaderMaterial({
    uniforms: { ...uniforms },
    vertexShader: vertex,
    fragmentShader: core,
    defines: { SPREAD: '1.0', ...(against === 'light' ? { OUTLINE: '' } : {}) }
  })
}

/** Additive light around the points, for a dark ground. */
export function glowMaterial(uniforms: FieldUniforms): THREE.ShaderMaterial {
  return new THREE.ShaderMaterial({
    uniforms: { ...uniforms },
    vertexShader: vertex,
    fragmentShader: glow,
    defines: { SPREAD: '3.2' },
    blending: THREE.AdditiveBlending,
    depthWrite: false,
    transparent: true
  })
}
