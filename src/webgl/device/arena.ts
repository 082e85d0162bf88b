/**
 * Arena: the textures of one recording. While a prediction is recorded, it gets its textures from here
 * first, and gives them back here; afterwards nobody else draws into them, so that the recorded draws
 * can be made again. A texture whose values do not depend on the inputs is used for nothing else, so
 * that it need not be drawn again.
 */
import { FreeSets, type Pooled } from './freeSets.js';
import type { Sides } from './planeSets.js';

interface Member {
  readonly bytes: number;
  readonly textures: readonly WebGLTexture[];
  /** Returns it to the pool that it came from. */
  readonly giveBack: () => void;
  /** True while a tensor has it. */
  isBusy: boolean;
}

export class Arena {
  private readonly members = new Map<object, Member>();
  private readonly sets = new FreeSets();
  /** Free textures of other pools, by kind. */
  private readonly others = new Map<string, object[]>();

  /** @param isConstant returns true if no texture of these holds values that depend on the inputs */
  constructor(private readonly isConstant: (textures: readonly WebGLTexture[]) => boolean) {}

  /** Takes a free set; its identity is the array of its textures. */
  takeSet(key: string, sides: Sides, spare: number): Pooled | undefined {
    const set = this.sets.take(key, sides, spare);
    if (set !== undefined) (this.members.get(set.textures) as Member).isBusy = true;
    return set;
  }

  /** Takes a free texture of another pool. */
  takeOther(kind: string): object | undefined {
    const other = this.others.get(kind)?.pop();
    if (other !== undefined) (this.members.get(other) as Member).isBusy = true;
    return other;
  }

  /** Makes a texture or set, which is in use, a member. */
  own(
    identity: object,
    bytes: number,
    textures: readonly WebGLTexture[],
    giveBack: () => void,
  ): void {
    this.members.set(identity, { bytes, textures, giveBack, isBusy: true });
  }

  /** Bytes of all members. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.members.values()) sum += bytes;
    return sum;
  }

  /** Takes back a set that is no longer used; returns false if it is no member. */
  keepSet(set: Pooled): boolean {
    const member = this.members.get(set.textures);
    if (member === undefined) return false;
    member.isBusy = false;
    if (!this.isConstant(member.textures)) this.sets.add(set);
    return true;
  }

  /** Takes back a texture of another pool; returns false if it is no member. */
  keepOther(kind: string, other: object): boolean {
    const member = this.members.get(other);
    if (member === undefined) return false;
    member.isBusy = false;
    if (this.isConstant(member.textures)) return true;
    const free = this.others.get(kind);
    if (free === undefined) this.others.set(kind, [other]);
    else free.push(other);
    return true;
  }

  /** Members that tensors have, by identity, with their textures. */
  busy(): [object, readonly WebGLTexture[]][] {
    const busy = [...this.members].filter(([, { isBusy }]) => isBusy);
    return busy.map(([identity, { textures }]) => [identity, textures]);
  }

  /** Leaves a member to the tensor that has it. */
  disown(identity: object): void {
    this.members.delete(identity);
  }

  /** Returns a free member to its pool. */
  giveBack(identity: object): void {
    const member = this.members.get(identity);
    this.members.delete(identity);
    member?.giveBack();
  }

  /** Returns all free members to their pools. */
  giveAllBack(): void {
    for (const [identity, { isBusy }] of this.members) if (!isBusy) this.giveBack(identity);
    this.members.clear();
  }
}
