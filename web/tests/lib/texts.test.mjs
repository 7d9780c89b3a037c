// The texts and the sources that ask for them, by the types that the compiler sees: what stands in a text as {name} is given where it is asked for,
// no text is kept that nobody asks for, and the pages of listeners ask for no text that only consoles load. That every key that is asked for
// is there, tsc sees by itself.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const WEB = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const SRC = join(WEB, 'src');
const read = (path) => JSON.parse(readFileSync(join(SRC, 'i18n', path), 'utf8'));
const common = read('en.json');
const texts = { ...common, ...read('consoles/en.json') };

const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(WEB, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, WEB);
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const program = ts.createProgram(sources.map((name) => join(SRC, name)), options);
const checker = program.getTypeChecker();
const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(SRC) && fileName.endsWith('.ts'));

const where = (node) => {
  const file = node.getSourceFile();
  return `${relative(WEB, file.fileName)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
};

function* nodesOf(node) {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

/** The strings that an expression can be, as far as its type says them. */
function literals(type) {
  if (type.isUnion()) return type.types.flatMap(literals);
  return type.isStringLiteral() ? [type.value] : [];
}

const isText = (node) => ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node);
const keysOf = (node) => literals(checker.getTypeAtLocation(node)).filter((key) => key in texts);
/** [node, the keys that it can be] */
const asked = files.flatMap((file) => [...nodesOf(file)].filter(isText).map((node) => [node, keysOf(node)]));

/** The calls of t() and text(): [call, keys, parameters]. */
const calls = files.flatMap((file) =>
  [...nodesOf(file)].filter((node) => ts.isCallExpression(node) && ['t', 'text'].includes(node.expression.getText())).map((call) => {
    const [key, parameters] = call.arguments;
    const names = parameters ? checker.getTypeAtLocation(parameters).getProperties().map(({ name }) => name) : [];
    return [call, literals(checker.getTypeAtLocation(key)), names];
  }),
);

const wantedBy = (key) => {
  const text = texts[key];
  const longest = typeof text === 'string' ? text : text.other;
  return [...longest.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
};

test('who asks for a text gives what stands in it, and nothing else', () => {
  const known = calls.filter(([, keys]) => keys.length > 0 && keys.length < 100); // the others hand on a key that somebody gave them
  assert.ok(known.length > 150, String(known.length));
  for (const [call, keys, names] of known) {
    const wanted = new Set(keys.flatMap(wantedBy));
    assert.deepEqual([...names].sort(), [...wanted].sort(), `${where(call)} ${keys.join(' ')}`);
  }
});

test('every text is asked for somewhere', () => {
  const html = readdirSync(join(SRC, 'page')).filter((name) => name.endsWith('.html')).map((name) => readFileSync(join(SRC, 'page', name), 'utf8')).join();
  const named = [...html.matchAll(/data-i18n(?:-label)?="([^"]*)"/g)].map(([, key]) => key);
  for (const key of named) assert.ok(key in common, `an HTML page names ${key}`);
  const used = new Set([...named, ...asked.flatMap(([, keys]) => keys)]);
  const unused = Object.keys(texts).filter((key) => !used.has(key) && !key.startsWith('common.error.')); // those by the code of the error
  assert.deepEqual(unused, []);
});

/** The files that an entry point brings into the page, types left out. */
function reached(file, found = new Set()) {
  if (!file || found.has(file)) return found;
  found.add(file);
  for (const { moduleSpecifier, importClause } of file.statements.filter(ts.isImportDeclaration)) {
    if (importClause?.isTypeOnly) continue;
    const { resolvedModule } = ts.resolveModuleName(moduleSpecifier.text, file.fileName, options, ts.sys);
    if (resolvedModule) reached(program.getSourceFile(resolvedModule.resolvedFileName), found);
  }
  return found;
}

test('the pages of listeners ask for no text that they do not load', () => {
  for (const page of ['index', 'listen']) {
    const own = reached(program.getSourceFile(join(SRC, 'page', `${page}.ts`)));
    assert.ok(own.size > 10);
    for (const [node, keys] of asked)
      if (own.has(node.getSourceFile())) assert.deepEqual(keys.filter((key) => !(key in common)), [], where(node));
  }
});
