/** Reader of FlatBuffers: tables by the numbers of their fields, as a schema lists them. */

export class Table {
  constructor(
    private readonly view: DataView,
    private readonly at: number,
  ) {}

  /** Returns the root table of a buffer. */
  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Table(view, view.getUint32(0, true));
  }

  int8(field: number, otherwise = 0): number {
    const at = this.field(field);
    return at === null ? otherwise : this.view.getInt8(at);
  }

  int32(field: number, otherwise = 0): number {
    const at = this.field(field);
    return at === null ? otherwise : this.view.getInt32(at, true);
  }

  float32(field: number, otherwise = 0): number {
    const at = this.field(field);
    return at === null ? otherwise : this.view.getFloat32(at, true);
  }

  /** Returns the table in a field; null for none. */
  table(field: number): Table | null {
    const at = this.field(field);
    return at === null ? null : new Table(this.view, this.target(at));
  }

  tables(field: number): Table[] {
    return this.items(field, 4, (at) => new Table(this.view, this.target(at)));
  }

  int32s(field: number): number[] {
    return this.items(field, 4, (at) => this.view.getInt32(at, true));
  }

  uint16s(field: number): number[] {
    return this.items(field, 2, (at) => this.view.getUint16(at, true));
  }

  /** Returns a copy of the bytes in a field. */
  bytes(field: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.items(field, 1, (at) => this.view.getUint8(at)));
  }

  text(field: number): string {
    return new TextDecoder().decode(this.bytes(field));
  }

  private items<T>(field: number, size: number, read: (at: number) => T): T[] {
    const at = this.field(field);
    if (at === null) return [];
    const vector = this.target(at);
    const length = this.view.getUint32(vector, true);
    return Array.from({ length }, (_, i) => read(vector + 4 + size * i));
  }

  private target(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  /** Returns the place of a field; null if the table has none. */
  private field(field: number): number | null {
    const { view, at } = this;
    const fields = at - view.getInt32(at, true);
    const entry = 4 + 2 * field;
    if (entry >= view.getUint16(fields, true)) return null;
    const offset = view.getUint16(fields + entry, true);
    return offset === 0 ? null : at + offset;
  }
}
