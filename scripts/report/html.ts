/** HTML as plain trees, rendered as text here, and as elements of a page in lib/inPage/element.ts. */

type Tag = keyof HTMLElementTagNameMap | keyof SVGElementTagNameMap;

/**
 * Attributes of an element: `true` is a bare attribute; false and undefined are left out. In a
 * page, a function such as `onclick` is a listener.
 */
export type Attributes = Readonly<
  Record<string, string | number | boolean | EventListener | undefined>
>;

/** Content of an element; strings are text, and null is left out. Only a page has nodes. */
export type Child = Tree | Node | string | null;

export interface Tree<T extends Tag = Tag> {
  readonly tag: T;
  readonly attributes: Attributes;
  readonly children: readonly Child[];
}

/** Makes an element, of HTML or of SVG. */
export function h<T extends Tag>(
  tag: T,
  attributes: Attributes = {},
  ...children: readonly Child[]
): Tree<T> {
  return { tag, attributes, children };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes text for content, or for an attribute's value between double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character]);
}

/** Elements without content and without an end tag. */
const empty: readonly Tag[] = ['br', 'img', 'input', 'link', 'meta', 'wbr'];

/** Elements whose text a parser takes as it is, up to the end tag. */
const verbatim: readonly Tag[] = ['script', 'style'];

function attributeText([name, value]: [string, Attributes[string]]): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'function') throw new Error(`${name} is a listener, which text cannot have`);
  return value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`;
}

function verbatimText(tag: Tag, children: readonly Child[]): string {
  const text = children.join('');
  if (new RegExp(`</${tag}|<!--`, 'i').test(text)) throw new Error(`text would end its <${tag}>`);
  return text;
}

function childText(child: Child): string {
  if (child === null) return '';
  if (typeof child === 'string') return escaped(child);
  if ('tag' in child) return toHTML(child);
  throw new Error(`${child.nodeName} is a node of a page, which text cannot have`);
}

/**
 * Renders a tree as text, in which all strings of the tree are escaped.
 * @throws Error if it has a listener or a node of a page, or if the text of a script or style would
 *   end it
 */
export function toHTML({ tag, attributes, children }: Tree): string {
  const start = `<${tag}${Object.entries(attributes).map(attributeText).join('')}>`;
  if (empty.includes(tag)) return start;
  const content = verbatim.includes(tag)
    ? verbatimText(tag, children)
    : children.map(childText).join('');
  return `${start}${content}</${tag}>`;
}
