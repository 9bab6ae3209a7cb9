/** Shapes that distinguish models; baselines share their grey. */
export type Mark = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star' | 'hollow-star' | 'ring'
