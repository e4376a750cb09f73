/** Finds the examples in doc comments and Markdown, and makes them functions that check what their comments promise. */
import ts from 'typescript';

export interface Example {
  /** `src/tensor/tensor.ts:140` */
  readonly place: string;
  readonly code: string;
}

/** The `@example` blocks of a source file. */
export function docExamples(path: string, text: string): Example[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) =>
    [...comment[0].matchAll(/@example\b([\s\S]*?)(?=\n\s*\*\s*@\w|\*\/)/g)].map((tag) => ({
      place: `${path}:${lineAt(text, comment.index + tag.index)}`,
      code: tag[1]!.replace(/^[ \t]*\*[ \t]?/gm, '').replace(/^```.*$/gm, ''),
    })),
  );
}

/** The blocks marked as TypeScript in a Markdown file. */
export function markdownExamples(path: string, text: string): Example[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((block) => ({
    place: `${path}:${lineAt(text, block.index)}`,
    code: block[1]!,
  }));
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Compares what an expression gives with what the comment behind it says. */
export type Check = (run: () => unknown, comment: string) => Promise<void>;
export type RunExample = (names: Readonly<Record<string, unknown>>, check: Check) => Promise<void>;

/**
 * A function that runs the example. `names` are in scope; an expression with a comment behind it, on its last line, is
 * handed to `check`, as are the argument of `console.log` and the variable of a declaration.
 */
export async function compileExample({ place, code }: Example, names: readonly string[]): Promise<RunExample> {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
  let out = code;
  // From the last to the first, so that positions stay true.
  for (const { start, end, text } of editsOf(source).sort((a, b) => b.start - a.start)) {
    out = out.slice(0, start) + text + out.slice(end);
  }
  const wrapped = `export default async ({ ${names.join(', ')} }, $check) => {{\n${out}\n}};`;
  const { outputText, diagnostics } = ts.transpileModule(wrapped, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    reportDiagnostics: true,
  });
  if (diagnostics?.length)
    throw new Error(`${place}: ${ts.flattenDiagnosticMessageText(diagnostics[0]!.messageText, ' ')}`);
  const url = `data:text/javascript,${encodeURIComponent(outputText)}`;
  const module: { default: RunExample } = await import(/* @vite-ignore */ url);
  return module.default;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function editsOf(source: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const commentAfter = (node: ts.Node): string | null => {
    const [range] = ts.getTrailingCommentRanges(source.text, node.end) ?? [];
    return range ? source.text.slice(range.pos + 2, range.end).trim() : null;
  };
  const visit = (node: ts.Node): void => {
    // The names are in scope already.
    if (ts.isImportDeclaration(node)) edits.push({ start: node.getStart(), end: node.end, text: '' });
    // Statements of functions run whenever the function does.
    if (ts.isFunctionLike(node)) return;
    const comment = ts.isExpressionStatement(node) || ts.isVariableStatement(node) ? commentAfter(node) : null;
    if (comment !== null && ts.isExpressionStatement(node)) {
      const checked = logged(node.expression) ?? node.expression;
      const text = `await $check(async () => (${checked.getText()}), ${JSON.stringify(comment)});`;
      edits.push({ start: node.getStart(), end: node.end, text });
      return;
    }
    if (comment !== null && ts.isVariableStatement(node)) {
      const { name } = node.declarationList.declarations[0]!;
      const text = `await $check(async () => ${name.getText()}, ${JSON.stringify(comment)});`;
      if (ts.isIdentifier(name)) edits.push({ start: node.end, end: node.end, text });
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

/** The argument of `console.log(…)`. */
function logged(node: ts.Expression): ts.Expression | undefined {
  return ts.isCallExpression(node) && node.expression.getText() === 'console.log' ? node.arguments[0] : undefined;
}

/** What a comment says an expression gives: a value, an error, or nothing that can be checked. */
export type Promised =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly name: string; readonly message: string }
  | { readonly kind: 'prose' };

/** `[[1, 2], [3, 4]]`, `Int32Array [0, 1]`, `'float32'`, `GradError: grad can be implicitly created …`, or words. */
export function promised(comment: string): Promised {
  const error = /^(\w*Error)(?:: (.*))?$/.exec(comment);
  if (error) return { kind: 'error', name: error[1]!, message: error[2] ?? '' };
  const text = comment.replace(/^\w+Array (?=\[)/, '');
  const value = literalValue(text);
  if (value !== undefined) return { kind: 'value', value };
  if (/^[-\d['"]/.test(text)) throw new Error(`cannot read the value in the comment '${comment}'`);
  return { kind: 'prose' };
}

/** The value that a literal stands for; undefined when the text is none. */
function literalValue(text: string): unknown {
  const wrapped = `(${text})`;
  if (ts.transpileModule(wrapped, { reportDiagnostics: true }).diagnostics?.length) return undefined;
  const [statement] = ts.createSourceFile('value.ts', wrapped, ts.ScriptTarget.Latest, true).statements;
  if (!statement || !ts.isExpressionStatement(statement) || statement.end < wrapped.length) return undefined;
  return literal(statement.expression);
}

const words: Readonly<Record<string, unknown>> = { NaN: Number.NaN, Infinity, true: true, false: false, null: null };

function literal(node: ts.Expression): unknown {
  if (ts.isParenthesizedExpression(node)) return literal(node.expression);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isPrefixUnaryExpression(node)) return -(literal(node.operand) as number);
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literal);
  return words[node.getText()];
}

/** Equality of values: numbers to four digits, arrays and typed arrays element by element. */
export function agree(actual: unknown, expected: unknown): boolean {
  if (typeof expected === 'number' && typeof actual === 'number') {
    return Object.is(actual, expected) || Math.abs(actual - expected) <= 5e-4 * Math.abs(expected) + 1e-7;
  }
  if (!Array.isArray(expected)) return actual === expected;
  const list = ArrayBuffer.isView(actual) ? Array.from(actual as Float32Array) : actual;
  return Array.isArray(list) && list.length === expected.length && expected.every((e, i) => agree(list[i], e));
}
