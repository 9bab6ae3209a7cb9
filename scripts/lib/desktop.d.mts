export declare function hasDisplay(): boolean
/** The path of Electron's binary, or null if it is not installed. */
export declare function electronBinary(): string | null
export declare function sandboxFlags(): string[]
