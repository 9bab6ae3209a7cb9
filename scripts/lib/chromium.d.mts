export declare const chromiumArguments: string[]
export declare const whatToInstall: string
/** The path of a Chromium that starts, or null. */
export declare function findChromium(): Promise<string | null>
/** Like findChromium, but installs the distribution's package if it can: as root, with apt-get. */
export declare function ensureChromium(): Promise<string | null>
