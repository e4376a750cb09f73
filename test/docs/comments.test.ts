/** Everything public is documented. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const entries = [
  'index',
  'nn/index',
  'optim/index',
  'data/index',
  'io/index',
  'func/index',
  'distributions/index',
  'models/index',
  'vis/index',
].map((name) => `${root}src/${name}.ts`);

const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
const program = ts.createProgram(entries, ts.parseJsonConfigFileContent(config, ts.sys, root).options);
const checker = program.getTypeChecker();

const documented = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length > 0;

/** Functions, classes, types; and of classes, methods and accessors. Free twins of methods (`export const exp`) are not asked for. */
function undocumented(symbol: ts.Symbol, name: string, seen: Set<ts.Symbol>): string[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.declarations?.[0];
  if (!declaration || seen.has(target)) return [];
  seen.add(target);
  if (target.flags & ts.SymbolFlags.ValueModule) {
    return checker.getExportsOfModule(target).flatMap((inner) => undocumented(inner, `${name}.${inner.name}`, seen));
  }
  if (ts.isVariableDeclaration(declaration)) return [];
  const missing = documented(target) ? [] : [name];
  if (ts.isClassDeclaration(declaration)) missing.push(...members(declaration).map((member) => `${name}.${member}`));
  return missing;
}

const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;

function members(declaration: ts.ClassDeclaration): string[] {
  return declaration.members.flatMap((member) => {
    if (!ts.isMethodDeclaration(member) && !ts.isGetAccessor(member)) return [];
    // What overrides a documented member says it there.
    const modifiers = ts.getCombinedModifierFlags(member);
    if (modifiers & hidden || modifiers & ts.ModifierFlags.Override || ts.isComputedPropertyName(member.name))
      return [];
    const symbol = checker.getSymbolAtLocation(member.name);
    return symbol && !documented(symbol) ? [symbol.name] : [];
  });
}

test('every public function, class, type and method has a doc comment', () => {
  const seen = new Set<ts.Symbol>();
  const missing = entries.flatMap((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
    return checker.getExportsOfModule(module).flatMap((symbol) => undocumented(symbol, symbol.name, seen));
  });
  expect(seen.size).toBeGreaterThan(150);
  expect(missing).toEqual([]);
});
