/** Shapes that tell models apart; baselines share their grey. */
export type Mark = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star' | 'hollow-star' | 'ring'
