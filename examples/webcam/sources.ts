/** Sources of moving pictures: the camera, and a drawing for where there is none. */

export interface Source {
  readonly name: string;
  /** Draws the picture of this moment over a whole canvas. */
  draw(context: CanvasRenderingContext2D): void;
}

/** @throws DOMException if there is no camera, or the user refuses */
async function openCamera(): Promise<Source> {
  const video = document.createElement('video');
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
  video.muted = true;
  await video.play();
  return {
    name: 'the camera',
    draw: (context) => {
      const { width, height } = context.canvas;
      context.drawImage(video, 0, 0, width, height);
    },
  };
}

const movingDisc: Source = {
  name: 'a moving disc',
  draw(context) {
    const { width, height } = context.canvas;
    const angle = performance.now() / 1000;
    context.fillStyle = 'midnightblue';
    context.fillRect(0, 0, width, height);
    context.fillStyle = 'gold';
    context.beginPath();
    context.arc(
      width / 2 + (width / 4) * Math.cos(angle),
      height / 2 + (height / 4) * Math.sin(angle),
      ...([height / 6, 0, 2 * Math.PI] as const),
    );
    context.fill();
  },
};

/** Returns the camera, or the drawing, with the reason in its name. */
export async function openSource(): Promise<Source> {
  try {
    return await openCamera();
  } catch (error) {
    return { ...movingDisc, name: `${movingDisc.name}, because: ${(error as Error).message}` };
  }
}
