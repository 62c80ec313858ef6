/** Makes elements. Whatever comes from a server becomes text, never markup. */

type Child = Node | string | number | null | undefined | false;
type Listener = (event: Event) => void;
type Attribute = string | number | boolean | null | undefined | Listener;

/** `on…` attributes are listeners; those that are false, null or undefined are left out, and true is an empty one. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.filter(isSomething).map(child => (child instanceof Node ? child : String(child))));
  return element;
}

export function svg(tag: string, attributes: Record<string, string | number> = {}, ...children: Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Writes text only where it differs: the browser need not lay out what stays. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** An element that the page's HTML has. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}

function set(element: Element, name: string, value: Attribute): void {
  if (typeof value === 'function') element.addEventListener(name.slice('on'.length), value);
  else if (value !== false && value !== null && value !== undefined)
    element.setAttribute(name, value === true ? '' : String(value));
}

const isSomething = (child: Child): child is Node | string | number =>
  child !== null && child !== undefined && child !== false;
