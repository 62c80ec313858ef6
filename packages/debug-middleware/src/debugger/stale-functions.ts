/** Asks V8, by the session that edits. */
type Ask = (method: string, params: object) => Promise<object>;

const GROUP = 'troupe-live-edit';
/** So many functions are looked at, and named. */
const MOST = 20;

/** In the worker: those of all functions that have one of these texts. */
const PICK = `function (texts, most) {
  const wanted = new Set(texts);
  const toString = Function.prototype.toString;
  return this.filter(each => typeof each === 'function' && wanted.has(toString.call(each))).slice(0, most);
}`;

interface RemoteObject {
  objectId?: string;
  description?: string;
  value?: unknown;
}

/**
 * Functions that are alive and still have one of these texts: what V8 has left as it was when it took an edit. It answers
 * `Ok` all the same where a function would need variables that it has not been born with, for one.
 * V8 collects garbage and walks the heap for it; the worker stands still meanwhile.
 *
 * @param isOther whether a script is known to be another file's, where the same text is nobody's business
 * @returns their texts
 */
export async function findStale(
  texts: readonly string[],
  ask: Ask,
  isOther: (scriptId: string) => boolean,
): Promise<Set<string>> {
  const stale = new Set<string>();
  try {
    const prototype = await resultOf(ask('Runtime.evaluate', { expression: 'Function.prototype', objectGroup: GROUP }));
    const { objects } = (await ask('Runtime.queryObjects', {
      prototypeObjectId: prototype.objectId,
      objectGroup: GROUP,
    })) as { objects: RemoteObject };
    const picked = await resultOf(
      ask('Runtime.callFunctionOn', {
        objectId: objects.objectId,
        functionDeclaration: PICK,
        arguments: [{ value: texts }, { value: MOST }],
        objectGroup: GROUP,
      }),
    );
    for (const { name, value } of await propertiesOf(picked, ask)) {
      if (!/^\d+$/.test(name) || value?.description === undefined) continue;
      const place = (await propertiesOf(value, ask, 'internalProperties')).find(
        each => each.name === '[[FunctionLocation]]',
      )?.value?.value as { scriptId: string } | undefined;
      if (place !== undefined && !isOther(place.scriptId)) stale.add(value.description);
    }
  } finally {
    await ask('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }
  return stale;
}

interface Property {
  name: string;
  value?: RemoteObject;
}

async function propertiesOf({ objectId }: RemoteObject, ask: Ask, which = 'result'): Promise<Property[]> {
  const answer = await ask('Runtime.getProperties', { objectId, ownProperties: true });
  return (Reflect.get(answer, which) as Property[] | undefined) ?? [];
}

async function resultOf(asked: Promise<object>): Promise<RemoteObject> {
  const { result, exceptionDetails } = (await asked) as { result: RemoteObject; exceptionDetails?: { text: string } };
  if (exceptionDetails) throw new Error(exceptionDetails.text);
  return result;
}
