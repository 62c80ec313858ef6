import { parse, type Token } from 'acorn';

/** What an edit has changed, as far as its text tells. */
export interface Edited {
  /** Functions that are no more as they were: their text, as `toString()` gives it, and what they are called. */
  functions: Map<string, string>;
  /** Something outside of functions has changed: it runs when the file is loaded, and not again. */
  topLevel: boolean;
}

/** Characters of a script that is looked at; a larger one is a bundle, and would hold up this process. */
const MOST = 500_000;

/**
 * Compares two versions of a script; space and comments do not count.
 * @returns undefined when it cannot be told
 */
export function editedFunctions(before: string, after: string, isModule: boolean): Edited | undefined {
  const old = read(before, isModule);
  const fresh = read(after, isModule);
  if (old === undefined || fresh === undefined) return undefined;
  const functions = new Map([...old.functions].filter(([text]) => !fresh.functions.has(text)));
  return { functions, topLevel: old.topLevel !== fresh.topLevel };
}

/** A node of a syntax tree (ESTree), of whatever type. */
interface Node {
  type: string;
  start: number;
  end: number;
  [property: string]: unknown;
}

interface Reading {
  functions: Map<string, string>;
  /** What is in no function. */
  topLevel: string;
}

function read(source: string, isModule: boolean): Reading | undefined {
  if (source.length > MOST) return undefined;
  const tokens: Token[] = [];
  try {
    const program: unknown = parse(source, {
      ecmaVersion: 'latest',
      sourceType: isModule ? 'module' : 'script',
      allowReturnOutsideFunction: true,
      allowHashBang: true,
      onToken: tokens,
    });
    const found = new Functions(source);
    found.visit(program as Node, { name: '', isInside: false });
    return { functions: found.texts, topLevel: outside(found.outermost, tokens, source) };
  } catch {
    // No code, which V8 says better; or newer than what is known here.
    return undefined;
  }
}

/** The tokens that are in none of these nodes, which come in the order of the source. */
function outside(nodes: readonly Node[], tokens: readonly Token[], source: string): string {
  let index = 0;
  const left = tokens.filter(({ start }) => {
    while ((nodes[index]?.end ?? Number.POSITIVE_INFINITY) <= start) index += 1;
    return start < (nodes[index]?.start ?? Number.POSITIVE_INFINITY);
  });
  return left.map(({ start, end }) => source.slice(start, end)).join(' ');
}

interface Place {
  /** What the code around it calls it. */
  name: string;
  isInside: boolean;
  /** The class that it is in. */
  of?: Node | undefined;
  /** What `toString()` shows of the function, if that is more than itself. */
  shown?: Node;
}

/** Finds the functions of a script. */
class Functions {
  readonly texts = new Map<string, string>();
  /** What is in no other function. */
  readonly outermost: Node[] = [];
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  visit(node: Node, { name, isInside, of, shown = node }: Place): void {
    if (isFunction(node)) {
      if (!isInside) this.outermost.push(node);
      const text = this.#source.slice(shown.start, shown.end).replace(/^static\s+/, '');
      this.texts.set(text, nameOf(node.id) || name || `a function in line ${this.#lineOf(node)}`);
      return this.#visitAll(childrenOf(node), { name: '', isInside: true });
    }
    const { key, value } = node as { key?: Node; value?: Node | null };
    if (isMethod(node) && key && value) {
      // The text of a method begins with its name; that of a constructor is its class's.
      const whole = node.kind === 'constructor' && of ? of : node;
      this.visit(key, { name: '', isInside });
      return this.visit(value, { name: nameOf(whole === of ? whole.id : key), isInside, shown: whole });
    }
    if (node.type === 'PropertyDefinition' && key && value && node.static !== true) {
      // What sets a field runs for each object, as a function would; nobody can ask for its text.
      if (!isInside) this.outermost.push(value);
      this.visit(key, { name: '', isInside });
      return this.visit(value, { name: nameOf(key), isInside: true });
    }
    const isClass = node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
    const called = nameOf(
      node.type === 'VariableDeclarator' ? node.id : node.type === 'AssignmentExpression' ? node.left : key,
    );
    this.#visitAll(childrenOf(node), { name: called, isInside, of: isClass ? node : of });
  }

  #visitAll(nodes: readonly Node[], place: Place): void {
    for (const node of nodes) this.visit(node, place);
  }

  #lineOf({ start }: Node): number {
    return this.#source.slice(0, start).split('\n').length;
  }
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);
const isFunction = ({ type }: Node) => FUNCTIONS.has(type);
const isMethod = ({ type, kind, method }: Node) =>
  type === 'MethodDefinition' || (type === 'Property' && (method === true || kind !== 'init'));

/** In the order of the source. */
function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter(isNode)
    .sort((a, b) => a.start - b.start);
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Of an identifier, of a private one, or of the last part of `a.b`. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'MemberExpression') return nameOf(node.property);
  return typeof node.name === 'string' ? node.name : '';
}
