/**
 * What is judged, and the stock backends of which one must agree about what is refused: first the
 * one that has nothing to compile.
 */
export const stockOf = { 'tiled-webgl': ['cpu', 'webgl'], 'tiled-cpu': ['cpu'] } as const;
