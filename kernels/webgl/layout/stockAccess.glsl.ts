import type { StockForm } from './stock.js';

/**
 * Returns the GLSL counterpart of kernels/webgl/layout/stock.ts: `float stockAt(int flat)` reads
 * the sampler `stock`.
 */
export function stockAccess(form: StockForm): string {
  return uniforms + bodies[form];
}

const uniforms = /* glsl */ `
uniform ivec4 stockLayout;  // texels across, rows, columns, offset
`;

const bodies: Record<StockForm, string> = {
  unpacked: /* glsl */ `
float stockAt(int flat_) {
  int texel = flat_ + stockLayout.w;
  int y = quotient(texel, stockLayout.x);
  return texelFetch(stock, ivec2(texel - y * stockLayout.x, y), 0).r;
}
`,
  packed: /* glsl */ `
float stockAt(int flat_) {
  int line = quotient(flat_, stockLayout.z);
  int column = flat_ - line * stockLayout.z;
  int batch = quotient(line, stockLayout.y);
  int row = line - batch * stockLayout.y;
  int texel = (batch * ((stockLayout.y + 1) / 2) + row / 2) * ((stockLayout.z + 1) / 2) + column / 2;
  int y = quotient(texel, stockLayout.x);
  return texelFetch(stock, ivec2(texel - y * stockLayout.x, y), 0)[(row % 2) * 2 + column % 2];
}
`,
};
