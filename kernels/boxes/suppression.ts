/** Non-max suppression: the choice of boxes that have high scores and do not overlap much. */

export interface Suppression {
  /** Most boxes that are chosen. */
  readonly most: number;
  /** Overlap, as intersection over union, from which a box gives way to a chosen one. */
  readonly overlap: number;
  /** Score that a chosen box must exceed. */
  readonly score: number;
  /** Width of the Gauss curve by which overlap reduces scores; 0 leaves them as they are. */
  readonly sigma: number;
}

export interface Chosen {
  /** Numbers of the chosen boxes, from the highest score on. */
  readonly indices: number[];
  /** Their scores, reduced by overlap if `sigma` is not 0. */
  readonly scores: number[];
}

/**
 * Chooses boxes as tfjs does, with the same arithmetic, so that the choice is the same. A heap gives the
 * box of the highest score, because most boxes are never looked at.
 *
 * @param boxes corners [y1, x1, y2, x2] of each box, in any order of the two
 * @param scores a score for each box
 */
export function suppress(
  boxes: ArrayLike<number>,
  scores: ArrayLike<number>,
  { most, overlap, score: least, sigma }: Suppression,
): Chosen {
  const scale = sigma > 0 ? -0.5 / sigma : 0;
  const heap = new Heap(scores, least);
  const chosen: Chosen = { indices: [], scores: [] };
  const { indices } = chosen;
  const corners = new Corners(boxes);
  while (indices.length < most && heap.size > 0) {
    const box = heap.pop();
    const before = heap.scores[box];
    if (before < least) break;
    corners.read(box);
    let score = before;
    let isHidden = false;
    const first = heap.compared[box];
    for (let i = indices.length - 1; i >= first; i--) {
      const share = corners.overlapWith(i);
      if (share >= overlap) {
        isHidden = true;
        break;
      }
      score *= weightOf(share, overlap, scale);
      if (score <= least) break;
    }
    if (isHidden) continue;
    if (score === before) {
      corners.keep();
      indices.push(box);
      chosen.scores.push(score);
    } else if (score > least) {
      heap.compared[box] = indices.length;
      heap.push(box, score);
    }
  }
  return chosen;
}

/** Returns the indices, with zeros after them up to `count`. */
export function padded(indices: readonly number[], count: number): number[] {
  const missing = Math.max(0, count - indices.length);
  return [...indices, ...new Array<number>(missing).fill(0)];
}

function weightOf(share: number, overlap: number, scale: number): number {
  if (!(share <= overlap)) return 0;
  return scale === 0 ? 1 : Math.exp(scale * share * share);
}

/** Boxes that are not chosen yet, the one of the highest score first, and of equal ones that of the least number. */
class Heap {
  size = 0;
  /** Scores by box. */
  readonly scores: Float64Array;
  /** Number of chosen boxes that a box was compared with, by box. */
  readonly compared: Int32Array;
  private readonly boxes: Int32Array;

  /** @param least only boxes above this score are in it */
  constructor(scores: ArrayLike<number>, least: number) {
    this.scores = Float64Array.from(scores);
    this.compared = new Int32Array(scores.length);
    this.boxes = new Int32Array(scores.length);
    for (let box = 0; box < scores.length; box++) {
      if (this.scores[box] > least) this.boxes[this.size++] = box;
    }
    for (let at = (this.size >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  pop(): number {
    const { boxes } = this;
    const [top] = boxes;
    boxes[0] = boxes[--this.size];
    this.sink(0);
    return top;
  }

  push(box: number, score: number): void {
    const { boxes } = this;
    this.scores[box] = score;
    let at = this.size++;
    for (; at > 0; at = (at - 1) >> 1) {
      const above = boxes[(at - 1) >> 1];
      if (!this.isBefore(box, above)) break;
      boxes[at] = above;
    }
    boxes[at] = box;
  }

  private sink(from: number): void {
    const { boxes, size } = this;
    const box = boxes[from];
    let at = from;
    for (let below = 2 * at + 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && this.isBefore(boxes[below + 1], boxes[below])) below++;
      if (!this.isBefore(boxes[below], box)) break;
      boxes[at] = boxes[below];
      at = below;
    }
    boxes[at] = box;
  }

  private isBefore(a: number, b: number): boolean {
    const { scores } = this;
    return scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
  }
}

/** Corners and area of a box, and of those that were kept. */
class Corners {
  private top = 0;
  private left = 0;
  private bottom = 0;
  private right = 0;
  private area = 0;
  /** Corners and areas of the boxes that were kept: five numbers each. */
  private readonly kept: number[] = [];

  constructor(private readonly boxes: ArrayLike<number>) {}

  read(box: number): void {
    const { boxes } = this;
    const at = 4 * box;
    this.top = Math.min(boxes[at], boxes[at + 2]);
    this.left = Math.min(boxes[at + 1], boxes[at + 3]);
    this.bottom = Math.max(boxes[at], boxes[at + 2]);
    this.right = Math.max(boxes[at + 1], boxes[at + 3]);
    this.area = (this.bottom - this.top) * (this.right - this.left);
  }

  keep(): void {
    this.kept.push(this.top, this.left, this.bottom, this.right, this.area);
  }

  /** Returns the intersection over union with the box that was kept as number `index`. */
  overlapWith(index: number): number {
    const { kept, area } = this;
    const at = 5 * index;
    const other = kept[at + 4];
    if (area <= 0 || other <= 0) return 0;
    const height = Math.min(this.bottom, kept[at + 2]) - Math.max(this.top, kept[at]);
    const width = Math.min(this.right, kept[at + 3]) - Math.max(this.left, kept[at + 1]);
    const both = Math.max(height, 0) * Math.max(width, 0);
    return both / (area + other - both);
  }
}
