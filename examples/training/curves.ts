/** Curves of a training, on a canvas. */

export interface Curve {
  readonly name: string;
  readonly colour: string;
  /** Value at the upper edge; the lower edge is 0. */
  readonly top: number;
  readonly values: readonly number[];
}

/** @param steps number of values of a finished curve */
export function plot(
  context: CanvasRenderingContext2D,
  curves: readonly Curve[],
  steps: number,
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  curves.forEach(({ name, colour, top, values }, i) => {
    context.strokeStyle = context.fillStyle = colour;
    context.beginPath();
    for (const [step, value] of values.entries()) {
      context.lineTo((width * step) / (steps - 1), height * (1 - Math.min(value / top, 1)));
    }
    context.stroke();
    context.fillText(`${name} ${values.at(-1)?.toFixed(3)}`, width - 100, height / 2 + 14 * i);
  });
}
