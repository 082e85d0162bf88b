/** Inputs of the page, and redrawing. */
import { toElement, toNodes } from '../../lib/inPage/element.js';
import { type Child, h, type Tree } from '../../report/html.js';

/** Fields that most cases have; a narrow table leaves them out. */
const usual = /^;(seed=1|dil=1|fmt=NHWC|stride=1)$/;

/** Returns a case's id as content that allows a line break before each field. */
export function idText(id: string): Child[] {
  const [kernel, ...fields] = id.split(/(?<=:)|(?=;)/);
  return [
    kernel,
    h('wbr'),
    ...fields.map((field) => {
      const [, separator, text] = /^(;?)(.*)$/.exec(field)!;
      const isUsual = usual.test(field);
      return h('span', { class: isUsual ? 'usual' : undefined }, separator, h('wbr'), text);
    }),
  ];
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
  const onchange = () => onChange(input.value as T);
  const input = toElement(h('select', { name: label.toLowerCase(), onchange }, ...options));
  const field = h('label', { class: 'field' }, h('span', {}, label), input);
  return { element: toElement(field), input };
}

/** Creates a button that opens a file chooser and passes the chosen file's text to `onText`. */
export function fileButton(
  label: string,
  onText: (text: string, name: string) => void,
  accept = '.json,application/json',
): Tree<'label'> {
  const onchange = async () => {
    const file = input.files?.[0];
    if (!file) return;
    onText(await file.text(), file.name);
    // Lets the user choose the same file again.
    input.value = '';
  };
  const input = toElement(h('input', { type: 'file', accept, 'aria-label': label, onchange }));
  return h('label', { class: 'button file' }, label, input);
}

/**
 * Replaces a container's children. Keeps the keyboard focus on the element with the same data-key,
 * and the scroll positions.
 */
export function redraw(container: HTMLElement, ...children: readonly Child[]): void {
  const focused = document.activeElement;
  const key = container.contains(focused) ? (focused as HTMLElement).dataset.key : undefined;
  const left = [...container.querySelectorAll('.scroll')].map((box) => box.scrollLeft);
  container.replaceChildren(...toNodes(children));
  container.querySelectorAll('.scroll').forEach((box, i) => {
    box.scrollLeft = left[i] ?? 0;
  });
  if (key === undefined) return;
  for (const element of container.querySelectorAll<HTMLElement>('[data-key]')) {
    if (element.dataset.key === key) element.focus({ preventScroll: true });
  }
}
