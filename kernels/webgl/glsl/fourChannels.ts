/** GLSL that returns the four channels from lane `lane` of slice `a` on; slice `b` follows `a`. */
export const fourChannelsGlsl = /* glsl */ `
vec4 fourChannels(vec4 a, vec4 b, int lane) {
  switch (lane) {
    case 1: return vec4(a.yzw, b.x);
    case 2: return vec4(a.zw, b.xy);
    case 3: return vec4(a.w, b.xyz);
  }
  return a;
}
`;
