/** Functions that create DOM elements. */

type Attributes = Record<string, string | number | boolean | EventListener | undefined>;
type Child = Node | string | null;

/**
 * Creates an element. A function-valued attribute such as `onclick` becomes a listener, `true` a
 * bare attribute; false and undefined are skipped.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Returns a case's id as nodes that allow a line break after each field. */
export function idText(id: string): Node[] {
  return id.split(/(?<=[;:])/).flatMap((part) => [document.createTextNode(part), h('wbr')]);
}

/** Creates a labelled list of choices. */
export function select<T extends string>(
  label: string,
  choices: readonly (readonly [value: T, text: string])[],
  value: T,
  onChange: (value: T) => void,
): { element: HTMLElement; input: HTMLSelectElement } {
  const options = choices.map(([name, text]) =>
    h('option', { value: name, selected: name === value }, text),
  );
  const input = h(
    'select',
    { name: label.toLowerCase(), onchange: () => onChange(input.value as T) },
    ...options,
  );
  return { element: h('label', { class: 'field' }, h('span', {}, label), input), input };
}

/** Creates a button that opens a file chooser and passes the chosen file's text to `onText`. */
export function fileButton(
  label: string,
  onText: (text: string, name: string) => void,
  accept = '.json,application/json',
) {
  const input = h('input', {
    type: 'file',
    accept,
    'aria-label': label,
    onchange: async () => {
      const file = input.files?.[0];
      if (!file) return;
      onText(await file.text(), file.name);
      // Lets the user choose the same file again.
      input.value = '';
    },
  });
  return h('label', { class: 'button file' }, label, input);
}

/**
 * Replaces a container's children. Keeps the keyboard focus on the element with the same data-key,
 * and the scroll positions.
 */
export function redraw(container: HTMLElement, ...children: readonly Node[]): void {
  const focused = document.activeElement;
  const key = container.contains(focused) ? (focused as HTMLElement).dataset.key : undefined;
  const left = [...container.querySelectorAll('.scroll')].map((box) => box.scrollLeft);
  container.replaceChildren(...children);
  container.querySelectorAll('.scroll').forEach((box, i) => {
    box.scrollLeft = left[i] ?? 0;
  });
  if (key === undefined) return;
  for (const element of container.querySelectorAll<HTMLElement>('[data-key]')) {
    if (element.dataset.key === key) element.focus({ preventScroll: true });
  }
}
