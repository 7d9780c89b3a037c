// Whether a JSON message is what shapes.json says of it: every field named and of its type, and none missing.

/** Sentences of what is wrong; an empty list when all is well. `side` is "client" or "server". */
export function mistakes(shapes, side, { type, ...fields }) {
  const shape = shapes[side][type];
  return shape ? ofObject(shapes, shape, fields, type) : [`there is no message of type ${type}`];
}

function ofObject(shapes, shape, object, where) {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return [`${where} is no object`];
  const named = Object.keys(object).flatMap((name) => {
    const type = shape[name] ?? shape[`${name}?`];
    return type === undefined ? [`${where}.${name} is not named`] : ofType(shapes, type, object[name], `${where}.${name}`);
  });
  const missing = Object.keys(shape).filter((name) => !name.endsWith('?') && !(name in object));
  return [...named, ...missing.map((name) => `${where}.${name} is missing`)];
}

function ofType(shapes, type, value, where) {
  const tries = type.split('|').map((one) => ofOne(shapes, one, value, where));
  return tries.find((wrong) => wrong.length === 0) ?? tries[0];
}

function ofOne(shapes, type, value, where) {
  const no = [`${where} is ${JSON.stringify(value)}, not ${type}`];
  const inside = type.slice(1, -1);
  if (type.startsWith("'")) return value === inside ? [] : no;
  if (type.startsWith('[')) return Array.isArray(value) ? value.flatMap((one, i) => ofType(shapes, inside, one, `${where}[${i}]`)) : no;
  if (type.startsWith('{')) return Object.entries(value).flatMap(([name, one]) => ofType(shapes, inside, one, `${where}.${name}`));
  if (type === 'integer') return Number.isInteger(value) ? [] : no;
  if (type === 'number' || type === 'boolean' || type === 'string') return typeof value === type ? [] : no;
  return ofObject(shapes, shapes.objects[type], value, where);
}
