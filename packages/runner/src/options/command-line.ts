import * as v from 'valibot';
import yargs from 'yargs-parser';
import { isGroup, type Leaf, type Table } from './schema.ts';
import { nearest, type Problem } from './validate.ts';

/** What the command line said, as a (nested) options object, and what was wrong with it. */
export interface CommandLine {
  options: Record<string, unknown>;
  problems: Problem[];
}

/** A way to write an option: what it sets, and for a switch whether it turns it off. */
interface Spelling {
  path: string;
  flag: Flag;
  negated: boolean;
}
type Flag = Leaf & Required<Pick<Leaf, 'flag'>>;

/** A group that can be switched is a flag of its own: `--no-ecv`. */
const SWITCH: Flag = { allowed: 'true or false', schema: v.boolean(), flag: 'boolean' };

/**
 * Reads the scalar options from `argv` (without node and script). Names may be dotted, in camel or kebab case; `--no-x`
 * turns a switch off; what follows `--` is the application's. Other flags are the application's too, unless they look
 * like a misspelt option: silence would be worse than a question.
 */
export function readCommandLine(argv: readonly string[], table: Table): CommandLine {
  const spellings = new Map(Object.entries(flagsOf(table)).flatMap(([path, flag]) => spell(path, flag)));
  const isSwitch = ([, { flag }]: [string, Spelling]) => flag.flag === 'boolean';
  const parsed = yargs([...argv], {
    boolean: [...spellings].filter(isSwitch).map(([name]) => name),
    string: [...spellings].filter(entry => !isSwitch(entry)).map(([name]) => name),
    configuration: {
      'boolean-negation': false, // `--no-workers` is the kebab case of noWorkers
      'dot-notation': false,
      'camel-case-expansion': false,
      'parse-numbers': false,
      'populate--': true,
    },
  });

  const line: CommandLine = { options: {}, problems: [] };
  for (const [name, given] of Object.entries(parsed)) {
    if (name === '_' || name === '--') continue;
    const spelling = spellings.get(name);
    if (spelling) assign(line.options, spelling.path.split('.'), toValue(given, spelling));
    else line.problems.push(...misspelt(name, [...spellings.keys()], table));
  }
  return line;
}

/** Every option that the command line can set, by its dotted path. */
function flagsOf(table: Table, prefix = ''): Record<string, Flag> {
  const flags: Record<string, Flag> = {};
  for (const [key, entry] of Object.entries(table)) {
    const path = prefix + key;
    if (isGroup(entry))
      Object.assign(flags, entry.switchable && { [path]: SWITCH }, flagsOf(entry.entries, `${path}.`));
    else if (entry.flag) flags[path] = { ...entry, flag: entry.flag };
  }
  return flags;
}

function spell(path: string, flag: Flag): [string, Spelling][] {
  const kebab = path.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
  return [path, kebab].flatMap(name => {
    const positive: [string, Spelling] = [name, { path, flag, negated: false }];
    return flag.flag === 'boolean' ? [positive, [`no-${name}`, { path, flag, negated: true }]] : [positive];
  });
}

function misspelt(name: string, known: readonly string[], table: Table): Problem[] {
  const [group = name] = name.split('.');
  const inGroup = name.includes('.') && Object.hasOwn(table, group);
  const guess = name.length > 2 ? nearest(name, known) : undefined;
  if (!inGroup && !guess) return [];
  const hint = guess ? `, did you mean --${guess}?` : '.';
  return [{ path: `--${name}`, message: `unknown flag${hint} A flag of the application's own goes behind --` }];
}

/** Text that is not of the kind stays text, so that the validation can show what was given. */
function toValue(given: unknown, { flag, negated }: Spelling): unknown {
  if (flag.flag === 'list') return [given].flat().flatMap(part => String(part).split(','));
  const last: unknown = Array.isArray(given) ? given.at(-1) : given;
  if (typeof last === 'boolean') return last !== negated;
  if (typeof last !== 'string') return last;
  if (last === 'false' && v.is(flag.schema, false)) return false;
  return flag.flag !== 'string' && /^-?\d+(\.\d+)?$/.test(last) ? Number(last) : last;
}

function assign(target: Record<string, unknown>, [head = '', ...rest]: readonly string[], value: unknown): void {
  const there = target[head];
  if (rest.length === 0) {
    // `--ecv` beside `--ecv.mode=…` says nothing more; `--no-ecv` beside it wins.
    if (value !== true || typeof there !== 'object') target[head] = value;
  } else if (there !== false) {
    const group = typeof there === 'object' ? (there as Record<string, unknown>) : {};
    target[head] = group;
    assign(group, rest, value);
  }
}
