export declare function hasDisplay(): boolean
/** The path of Electron's binary, or null where it was not fetched yet. */
export declare function electronBinary(): string | null
