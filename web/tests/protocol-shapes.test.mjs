// protocol.ts says what shapes.json says: the same messages, objects and fields, the same words, the same fields that may be missing. And
// what the golden dialogues say to the server without an error is a ClientMessage to the compiler.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(web, 'src', 'lib', 'protocol.ts');
const load = (name) => JSON.parse(readFileSync(join(web, '..', 'include', 'boothcast', 'vectors', name), 'utf8'));
const shapes = load('shapes.json');

/** A program of protocol.ts and one more file of this text. */
function compile(text) {
  const extra = join(web, 'src', 'lib', 'said.ts');
  const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) => (name === extra ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile.call(host, name, ...rest));
  host.fileExists = (name) => name === extra || fileExists.call(host, name);
  return { program: ts.createProgram([file, extra], options, host), extra };
}

const { program } = compile('export {};');
const checker = program.getTypeChecker();
const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file))).map((symbol) => [symbol.name, symbol]));
const typeOf = (name) => {
  assert.ok(exported.has(name), `protocol.ts has no ${name}`);
  return checker.getDeclaredTypeOfSymbol(exported.get(name));
};

/** The words of a type in the form of shapes.json, without null and undefined. */
function described(type) {
  const types = type.isUnion() ? type.types : [type];
  const words = types.filter((one) => !(one.flags & ts.TypeFlags.Undefined)).map((one) => (one.isStringLiteral() ? `'${one.value}'` : simple(one)));
  return [...new Set(words)].sort();
}
function simple(type) {
  if (type.flags & ts.TypeFlags.BooleanLike) return 'boolean';
  if (type.flags & ts.TypeFlags.NumberLike) return 'number';
  if (type.flags & ts.TypeFlags.StringLike) return 'string';
  return 'object';
}

/** The same of a type of shapes.json; TypeScript has one kind of number, and what is made of other objects is compared by itself. */
function wanted(text) {
  const words = text.split('|').map((one) => (one === 'integer' ? 'number' : /^[A-Z[{]/.test(one) ? 'object' : one));
  return [...new Set(words)].sort();
}

/** What the pages leave to the server's word. */
const loose = { 'Channel.renditions': true, 'joined.can': true, 'error.code': true };

function compare(where, type, shape, { says }) {
  const fields = new Map(type.getProperties().filter((property) => property.name !== 'type').map((property) => [property.name, property]));
  const names = Object.keys(shape).map((name) => name.replace('?', ''));
  assert.deepEqual([...fields.keys()].sort(), [...names].sort(), where);
  for (const [name, text] of Object.entries(shape)) {
    const property = fields.get(name.replace('?', ''));
    const may = (property.flags & ts.SymbolFlags.Optional) !== 0;
    // A page may always say what need not be said, and may take for missing what a server always says.
    if (says) assert.ok(!may || name.endsWith('?'), `${where}.${name}: protocol.ts lets it be missing`);
    else assert.ok(may || !name.endsWith('?'), `${where}.${name}: protocol.ts takes it for always there`);
    const key = `${where}.${name.replace('?', '')}`;
    if (!loose[key]) assert.deepEqual(described(checker.getTypeOfSymbol(property)), wanted(text), key);
  }
}

const literal = (type) => checker.getTypeOfSymbol(type.getProperty('type')).value;

describe('protocol.ts and shapes.json', () => {
  test('messages of the server', () => {
    const messages = typeOf('ServerMessage').types;
    assert.deepEqual(messages.map(literal).sort(), Object.keys(shapes.server).sort());
    for (const message of messages) compare(literal(message), message, shapes.server[literal(message)], { says: false });
  });

  test('messages to the server', () => {
    const messages = typeOf('ClientMessage').types;
    assert.deepEqual(messages.map(literal).sort(), Object.keys(shapes.client).sort());
    for (const message of messages) compare(literal(message), message, shapes.client[literal(message)], { says: true });
  });

  const inline = { Resume: 'join', Event: 'Room', Output: 'Booth', RenditionCost: 'Room' }; // objects that have no name in protocol.ts
  for (const [name, shape] of Object.entries(shapes.objects)) {
    if (inline[name]) continue;
    test(`the object ${name}`, () => compare(name, typeOf(name), shape, { says: name === 'ResumedListen' }));
  }

  test('the objects without a name', () => {
    const field = (type, name) => checker.getNonNullableType(checker.getTypeOfSymbol(type.getProperty(name)));
    const join = typeOf('ClientMessage').types.find((message) => literal(message) === 'join');
    const room = typeOf('Room');
    compare('Resume', field(join, 'resume'), shapes.objects.Resume, { says: true });
    compare('Event', field(room, 'event'), shapes.objects.Event, { says: false });
    compare('Output', checker.getIndexTypeOfType(field(typeOf('Booth'), 'outputs'), ts.IndexKind.Number), shapes.objects.Output, { says: false });
    compare('RenditionCost', field(field(room, 'renditions'), 'saver'), shapes.objects.RenditionCost, { says: false });
  });

  test('labels, in the order of the binary header', () => {
    const labels = [...readFileSync(file, 'utf8').matchAll(/LABELS = \[([^\]]+)\]/g)][0][1];
    assert.deepEqual(labels.match(/\w+/g), ['silent', 'original', 'direct', 'relay', 'emergency']);
  });
});

test('what the golden dialogues say without an error can be said by a page', () => {
  const said = [];
  for (const { name, cases } of load('messages.json').groups) {
    for (const one of cases) {
      one.steps.forEach((step, i) => {
        const after = one.steps.slice(i + 1);
        const answers = after.slice(0, after.findIndex((next) => next.say === step.say) >>> 0);
        const refused = answers.some((next) => next.expect === step.say && next.message?.type === 'error');
        if (step.text && !refused && !(name === 'join' && 'colour' in step.text)) said.push([`${name}: ${one.name}`, step.text]);
      });
    }
  }
  const filled = (text) => JSON.stringify(text, (_, value) => (value && typeof value === 'object' && Object.keys(value)[0]?.startsWith('$') ? '…' : value));
  const whole = (text) => (text.type === 'report' ? { played: 0, buffer_ms: 0, ...text } : text); // a page always says all of it
  const lines = said.map(([, text], i) => `const m${i}: ClientMessage = ${filled(whole(text))};`);
  assert.ok(lines.length > 50);
  const { program: withThem, extra } = compile(`import type { ClientMessage } from './protocol.js';\n${lines.join('\n')}\nexport {};\n`);
  const wrong = ts.getPreEmitDiagnostics(withThem, withThem.getSourceFile(extra));
  const sentences = wrong.map((one) => `${one.file.getLineAndCharacterOfPosition(one.start).line}: ${lines[one.file.getLineAndCharacterOfPosition(one.start).line - 1]}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`);
  assert.deepEqual(sentences, []);
});
