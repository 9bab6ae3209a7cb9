/** Limit for the laws of a run, if it states none: parsimony and the choice by validation decide, and not the limit. */
export const usualComplexity = 48

/** Limits that a run may state: no law has fewer than a sum, and beyond the largest one nobody reads a law. */
export const complexityLimits = { least: 3, most: 200 } as const

/** Complexity of the paper's with-mass formula, the best law made by hand: the short law may not be longer. */
export const shortComplexity = 22
