/**
 * ONNX files: protocol buffers, as far as models need them. Field numbers are those of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import type { DType } from '../../core/dtype.ts';
import { OptionError } from '../../core/errors.ts';

/** ONNX's numbers of element types. */
export const elementTypes: Readonly<Record<DType | 'int64', number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
};

/** A message under way: pieces, and how long they are together. */
class Message {
  readonly parts: Uint8Array[] = [];
  length = 0;

  add(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }
  /** A number of seven bits a byte, the lowest first; negative ones as 64-bit two's complement. */
  private varint(value: number): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    do {
      const more = rest >> 7n;
      bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
      rest = more;
    } while (rest);
    this.add(Uint8Array.from(bytes));
  }
  int(field: number, value: number): this {
    this.varint(field << 3);
    this.varint(value);
    return this;
  }
  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    this.add(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }
  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.add(value);
    return this;
  }
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }
  message(field: number, value: Message): this {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    for (const part of value.parts) this.add(part);
    return this;
  }
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

/** An attribute of a node: an integer, integers, a text, or `{ float }`. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };
/** An operation. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}
/** A constant: a parameter, a buffer, or a number that the computation uses. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: DType | 'int64';
  readonly shape: readonly number[];
  /** Little-endian. */
  readonly bytes: Uint8Array;
}
/** What goes in or comes out. */
export interface OnnxValue {
  readonly name: string;
  readonly type: DType;
  /** Names are sizes that may differ from run to run. */
  readonly shape: readonly (number | string)[];
}
/** A model. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** The version of the operators that are written. */
export const opset = 17;
/** The version of the file format that goes with it. */
const irVersion = 8;
/** The greatest message that readers accept. */
const mostBytes = 2 ** 31 - 1;

/** The bytes of an .onnx file. */
export function encodeModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const model = new Message()
    .int(1, irVersion)
    .text(2, 'lumigrad')
    .message(7, encodeGraph(graph))
    .message(8, new Message().text(1, '').int(2, opset));
  if (model.length > mostBytes)
    throw new OptionError(`exportOnnx: the model takes ${model.length} bytes; an ONNX file holds at most 2 GiB`);
  return model.finish();
}

function encodeGraph({ name, nodes, initializers, inputs, outputs }: OnnxGraph): Message {
  const graph = new Message();
  for (const [i, node] of nodes.entries()) graph.message(1, encodeNode(node, `${node.op}_${i}`));
  graph.text(2, name);
  for (const tensor of initializers) graph.message(5, encodeTensor(tensor));
  for (const value of inputs) graph.message(11, encodeValue(value));
  for (const value of outputs) graph.message(12, encodeValue(value));
  return graph;
}

function encodeNode({ op, inputs, outputs, attributes }: OnnxNode, name: string): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, name).text(4, op);
  for (const [key, value] of Object.entries(attributes)) {
    const attribute = new Message().text(1, key);
    if (typeof value === 'number') attribute.int(3, value).int(20, 2);
    else if (typeof value === 'string') attribute.text(4, value).int(20, 3);
    else if ('float' in value) attribute.float(2, value.float).int(20, 1);
    else {
      for (const n of value) attribute.int(8, n);
      attribute.int(20, 7);
    }
    node.message(5, attribute);
  }
  return node;
}

function encodeTensor({ name, type, shape, bytes }: OnnxTensor): Message {
  const tensor = new Message();
  for (const size of shape) tensor.int(1, size);
  return tensor.int(2, elementTypes[type]).text(8, name).bytes(9, bytes);
}

function encodeValue({ name, type, shape }: OnnxValue): Message {
  const sizes = new Message();
  for (const size of shape)
    sizes.message(1, typeof size === 'string' ? new Message().text(2, size) : new Message().int(1, size));
  const tensorType = new Message().int(1, elementTypes[type]).message(2, sizes);
  return new Message().text(1, name).message(2, new Message().message(1, tensorType));
}
