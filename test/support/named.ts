/** Returns uniforms by whole names, as a program without parts has them. */
export function named<Value>(
  name: string,
  uniforms: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(uniforms).map(([rest, value]) => [name + rest, value]));
}
