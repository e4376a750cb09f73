/** Shader files to WGSL text. The one place that knows the preprocessor and where the files are. */
import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';
import type { DType } from '../../core/dtype.ts';
import { DTypeError } from '../../core/errors.ts';
import { type Declaration, declarations, identifiers, stripComments } from './declarations.ts';

export type Holes = Readonly<Record<string, string | number | boolean>>;

const root = '/shaders/';
const files: Record<string, string> = import.meta.glob('/shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Paths of all shader files, relative to `shaders/`. */
export function shaderFiles(): string[] {
  return Object.keys(files).map((path) => path.slice(root.length));
}

export function hasShader(file: string): boolean {
  return root + file in files;
}

const stripped = new Map<string, string>();

function fileText(file: string): string {
  let text = stripped.get(file);
  if (text === undefined) {
    const raw = files[root + file];
    if (raw === undefined) throw new Error(`there is no shader file '${file}'`);
    text = stripComments(raw);
    stripped.set(file, text);
  }
  return text;
}

const hole = /\$\{(\w+)\}/;

/** A file with its holes filled and its `#if`s resolved, without the prelude. */
export function render(file: string, holes: Holes): string {
  // Splitting by a pattern with one group alternates text and names.
  const parts = fileText(file).split(hole);
  const strings = parts.filter((_, i) => i % 2 === 0);
  const names = parts.filter((_, i) => i % 2 === 1);
  const values = names.map((name) => {
    const value = holes[name];
    if (value === undefined) throw new Error(`${file}: nothing fills the hole '${name}'`);
    return value;
  });
  for (const name of Object.keys(holes)) {
    if (!names.includes(name)) throw new Error(`${file}: there is no hole '${name}'`);
  }
  return wgsl(strings, ...values);
}

/**
 * Complete WGSL: the file with its holes filled, and those prelude functions that the result mentions. Holes are
 * `${NAME}`; `#if ${FLAG}` … `#elif ${FLAG}` … `#else` … `#endif` is for structure. Each hole must be filled and each
 * value used, in whatever branch.
 */
export function shader(file: string, holes: Holes): string {
  return withPrelude(render(file, holes));
}

let prelude: Map<string, Declaration> | undefined;

function preludeDeclarations(): Map<string, Declaration> {
  if (prelude !== undefined) return prelude;
  const found = new Map<string, Declaration>();
  for (const file of shaderFiles().filter((name) => name.startsWith('prelude/'))) {
    for (const declaration of declarations(fileText(file), file)) {
      if (found.has(declaration.name)) throw new Error(`${file}: '${declaration.name}' is already in the prelude`);
      found.set(declaration.name, declaration);
    }
  }
  prelude = found;
  return found;
}

/** The source, then what it mentions of the prelude and does not declare itself, directly or through other prelude functions. */
function withPrelude(source: string): string {
  const available = preludeDeclarations();
  const own = new Set([...source.matchAll(/\b(?:fn|const|struct|alias)\s+(\w+)/g)].map((match) => match[1]!));
  const included = new Set<Declaration>();
  const visit = (text: string): void => {
    for (const name of identifiers(text)) {
      const declaration = available.get(name);
      if (declaration === undefined || included.has(declaration) || own.has(name)) continue;
      included.add(declaration);
      visit(declaration.text);
    }
  };
  visit(source);
  return `${[source.trim(), ...[...included].map((d) => d.text)].join('\n')}\n`;
}

export type WgslType = 'f32' | 'i32' | 'u32' | 'bool';

const types: Partial<Record<DType, WgslType>> = {
  float32: 'f32',
  float16: 'f32',
  int32: 'i32',
  uint32: 'u32',
  bool: 'bool',
};

/** The WGSL type of a value of `dtype`. Halves are computed with as f32, and rounded where they are stored. */
export function wgslType(dtype: DType): WgslType {
  const type = types[dtype];
  if (type === undefined) throw new DTypeError(`${dtype} is not supported on WebGPU; cast it with .to('float32')`);
  return type;
}

/** The type that memory holds: bool is stored as u32. */
export function storageType(dtype: DType): Exclude<WgslType, 'bool'> {
  const type = wgslType(dtype);
  return type === 'bool' ? 'u32' : type;
}

const word = new DataView(new ArrayBuffer(4));

/**
 * A number as a WGSL literal of `dtype`. NaN, infinities and -0 may not appear in constant expressions, or are lost in
 * them: they are made from their bits at run time.
 */
export function literal(value: number, dtype: DType): string {
  switch (wgslType(dtype)) {
    case 'bool':
      return value ? 'true' : 'false';
    case 'u32':
      return `${value >>> 0}u`;
    case 'i32': {
      const i = value | 0;
      // The literal 2147483648i does not exist, so neither does its negation.
      if (i === -0x80000000) return 'i32(-2147483648)';
      return i < 0 ? `(${i}i)` : `${i}i`;
    }
    case 'f32': {
      const f = Math.fround(value);
      if (!Number.isFinite(f) || Object.is(f, -0)) {
        word.setFloat32(0, f);
        return `f32_from_bits(0x${word.getUint32(0).toString(16).padStart(8, '0')}u)`;
      }
      return f < 0 ? `(${f}f)` : `${f}f`;
    }
  }
}
