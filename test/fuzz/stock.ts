/**
 * Stock backends for each backend under test. At least one must agree about refusals. The stock
 * backend that compiles nothing comes first.
 */
export const stockOf = { 'tiled-webgl': ['cpu', 'webgl'], 'tiled-cpu': ['cpu'] } as const;
