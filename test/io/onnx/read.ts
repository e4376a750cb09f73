/** Reads ONNX files back, without any code of the writer: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */

export interface Attribute {
  readonly i?: number;
  readonly f?: number;
  readonly s?: string;
  readonly ints?: readonly number[];
}
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}
export interface Constant {
  readonly shape: readonly number[];
  readonly type: number;
  readonly raw: Uint8Array<ArrayBuffer>;
}
export interface Value {
  readonly name: string;
  readonly type: number;
  /** Names are sizes that may differ. */
  readonly shape: readonly (number | string)[];
}
export interface Model {
  readonly opset: number;
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

type Field = number | Uint8Array<ArrayBuffer>;

/** The fields of a message by number. */
class Fields {
  private readonly fields = new Map<number, Field[]>();

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    let at = 0;
    const varint = (): number => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes[at++]!;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return Number(BigInt.asIntN(64, value));
      }
    };
    while (at < bytes.length) {
      const tag = varint();
      const field = tag >> 3;
      let value: Field;
      if ((tag & 7) === 0) value = varint();
      else {
        const length = (tag & 7) === 5 ? 4 : varint();
        value = bytes.slice(at, at + length);
        if (value.length !== length) throw new Error('truncated');
        at += length;
      }
      this.fields.set(field, [...(this.fields.get(field) ?? []), value]);
    }
  }
  all(field: number): Fields[] {
    return this.blobs(field).map((bytes) => new Fields(bytes));
  }
  one(field: number): Fields {
    return this.all(field)[0]!;
  }
  blobs(field: number): Uint8Array<ArrayBuffer>[] {
    return (this.fields.get(field) ?? []) as Uint8Array<ArrayBuffer>[];
  }
  texts(field: number): string[] {
    return this.blobs(field).map((bytes) => new TextDecoder().decode(bytes));
  }
  ints(field: number): number[] {
    return (this.fields.get(field) ?? []) as number[];
  }
}

function attributeOf(field: Fields): [string, Attribute] {
  const [name] = field.texts(1);
  const read: Record<number, () => Attribute> = {
    1: () => ({ f: new Float32Array(field.blobs(2)[0]!.buffer)[0]! }),
    2: () => ({ i: field.ints(3)[0]! }),
    3: () => ({ s: field.texts(4)[0]! }),
    7: () => ({ ints: field.ints(8) }),
  };
  return [name!, read[field.ints(20)[0]!]!()];
}

function describedBy(field: Fields): Value {
  const type = field.one(2).one(1);
  const shape =
    type
      .one(2)
      ?.all(1)
      .map((size) => size.texts(2)[0] ?? size.ints(1)[0]!) ?? [];
  return { name: field.texts(1)[0]!, type: type.ints(1)[0]!, shape };
}

export function readOnnx(bytes: Uint8Array<ArrayBuffer>): Model {
  const model = new Fields(bytes);
  const graph = model.one(7);
  return {
    opset: model.one(8).ints(2)[0]!,
    nodes: graph.all(1).map((node) => ({
      op: node.texts(4)[0]!,
      inputs: node.texts(1),
      outputs: node.texts(2),
      attributes: new Map(node.all(5).map(attributeOf)),
    })),
    constants: new Map(
      graph.all(5).map((t) => [t.texts(8)[0]!, { shape: t.ints(1), type: t.ints(2)[0]!, raw: t.blobs(9)[0]! }]),
    ),
    inputs: graph.all(11).map(describedBy),
    outputs: graph.all(12).map(describedBy),
  };
}
