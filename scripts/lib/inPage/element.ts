/** Trees of HTML as elements of the page. */
import type { Child, Tree } from '../../report/html.js';

const htmlNamespace = 'http://www.w3.org/1999/xhtml';
const svgNamespace = 'http://www.w3.org/2000/svg';

function elementOf({ tag, attributes, children }: Tree, outer: string): Element {
  const namespace = tag === 'svg' ? svgNamespace : outer;
  const element = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...toNodes(children, namespace));
  return element;
}

/** Creates what `append` and `replaceChildren` take; nodes among the children stay themselves. */
export function toNodes(
  children: readonly Child[],
  namespace: string = htmlNamespace,
): (Node | string)[] {
  return children
    .filter((child) => child !== null)
    .map((child) =>
      typeof child === 'string' || child instanceof Node ? child : elementOf(child, namespace),
    );
}

/** Creates an element that the page can go on changing. */
export function toElement<T extends keyof HTMLElementTagNameMap>(
  tree: Tree<T>,
): HTMLElementTagNameMap[T] {
  return elementOf(tree, htmlNamespace) as HTMLElementTagNameMap[T];
}
