/** Makes all words of a block the same. */
export function fill(y: usize, length: i32, word: i32): void {
  const words = i32x4.splat(word);
  for (; length >= 4; length -= 4) {
    v128.store(y, words);
    y += 16;
  }
  for (; length > 0; length--) {
    store<i32>(y, word);
    y += 4;
  }
}
