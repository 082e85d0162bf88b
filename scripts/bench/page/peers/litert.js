// LiteRT.js by way of plain JavaScript: its own types would replace those of typed arrays everywhere.
export { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
