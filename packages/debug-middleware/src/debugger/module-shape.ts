import { initSync, parse } from 'es-module-lexer';

/**
 * What a module takes from others and gives to them, as text to compare: an edit that changes it can crash V8, and with it
 * the process, a while later. Undefined when it cannot be told.
 */
export function moduleShape(source: string): string | undefined {
  initSync();
  try {
    const [imports, exports] = parse(source);
    // Dynamic imports and import.meta are expressions like any other.
    const taken = imports.filter(({ d }) => d === -1).map(({ ss, se }) => normal(source.slice(ss, se)));
    const given = exports.map(({ n, ln }) => `${n} ${ln ?? ''}`);
    return JSON.stringify([taken, given]);
  } catch {
    // It is no module, or not yet: V8 says what is wrong with it.
    return undefined;
  }
}

const normal = (text: string) => text.replace(/\s+/g, ' ');
