/** Digits drawn by strokes, each turned, moved, scaled and thickened at random. */

/** Height and width of a picture, in pixels. */
export const side = 28;

type Point = readonly [x: number, y: number];

/** Returns points of an arc; angles in eighths of a turn, clockwise from the right. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): Point[] {
  const steps = 2 * Math.abs(to - from);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 4;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

/** Strokes of each digit in a square from -1 to 1, y downwards. */
const strokes: readonly Point[][][] = [
  [arc(0, 0, 0.6, 1, 0, 8)],
  [
    [
      [-0.4, -0.5],
      [0.1, -1],
      [0.1, 1],
    ],
  ],
  [[...arc(0, -0.45, 0.6, 0.55, -4, 1), [-0.6, 1], [0.6, 1]]],
  [arc(-0.1, -0.5, 0.6, 0.5, -4, 2), arc(-0.1, 0.5, 0.7, 0.5, -2, 4)],
  [
    [
      [0.3, 1],
      [0.3, -1],
      [-0.6, 0.4],
      [0.7, 0.4],
    ],
  ],
  [[[0.6, -1], [-0.5, -1], [-0.5, -0.1], ...arc(-0.1, 0.4, 0.7, 0.6, -2, 4)]],
  [[[0.4, -1], [-0.4, -0.2], ...arc(0, 0.45, 0.6, 0.55, 4, 12)]],
  [
    [
      [-0.6, -1],
      [0.6, -1],
      [-0.1, 1],
    ],
  ],
  [arc(0, -0.5, 0.5, 0.5, 0, 8), arc(0, 0.5, 0.6, 0.5, 0, 8)],
  [
    arc(0, -0.45, 0.55, 0.55, 0, 8),
    [
      [0.55, -0.45],
      [0.3, 1],
    ],
  ],
];

/** Draws one digit, white on black. */
function draw(context: CanvasRenderingContext2D, digit: number): void {
  const about = (mean: number, spread: number) => mean + spread * (2 * Math.random() - 1);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = 'black';
  context.fillRect(0, 0, side, side);
  context.translate(about(side / 2, 2), about(side / 2, 2));
  context.rotate(about(0, 0.25));
  context.scale(about(9, 2), about(9, 2));
  context.strokeStyle = 'white';
  context.lineWidth = about(0.3, 0.1);
  context.lineCap = context.lineJoin = 'round';
  for (const [first, ...others] of strokes[digit]) {
    context.beginPath();
    context.moveTo(...first);
    for (const point of others) context.lineTo(...point);
    context.stroke();
  }
}

/** Returns the brightness of each pixel of a canvas of `side`, from 0 to 1. */
export function pixelsOf(context: CanvasRenderingContext2D): Float32Array {
  const { data } = context.getImageData(0, 0, side, side);
  return Float32Array.from({ length: side * side }, (_, i) => data[4 * i] / 255);
}

export interface Digits {
  /** [count, side, side, 1] */
  readonly pixels: Float32Array;
  /** [count] */
  readonly labels: Float32Array;
}

/** Returns pictures of the digits 0 to 9 in turn. */
export function drawDigits(count: number): Digits {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const pixels = new Float32Array(count * side * side);
  const labels = Float32Array.from({ length: count }, (_, i) => i % 10);
  for (const [i, label] of labels.entries()) {
    draw(context, label);
    pixels.set(pixelsOf(context), i * side * side);
  }
  return { pixels, labels };
}
