/** The form that selects what to run, and the buttons that run it. */
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';
import { backends } from './backends.js';
import { fileButton, select } from './dom.js';
import { gridNames, references, type Setup, variantBackend, variantChoices } from './run.js';

export type Phase = 'idle' | 'running' | 'paused';

export interface Controls {
  readonly element: HTMLElement;
  read(): Setup;
  /** Offers more backends, and selects one. */
  offer(names: readonly string[], chosen: string): void;
  setPhase(phase: Phase): void;
  setProgress(done: number, total: number, seconds: number): void;
  /** Shows a message, which screen readers announce. */
  say(text: string, isError?: boolean): void;
}

const scriptTypes = '.js,.mjs,text/javascript';

const primaryLabel: Record<Phase, string> = { idle: 'Run', running: 'Pause', paused: 'Resume' };

function choices(names: readonly string[]): [string, string][] {
  return names.map((name) => [name, name]);
}

function checkbox(label: string, checked: boolean) {
  const input = toElement(h('input', { type: 'checkbox', checked }));
  return { element: h('label', {}, input, label), input };
}

export function makeControls(
  setup: Setup,
  on: { primary(): void; stop(): void; addScript(text: string, name: string): void },
): Controls {
  const variantText = (name: string) => (name === 'all' ? 'every one that takes the case' : name);
  const variant = select(
    'Variant',
    variantChoices.map((name): [string, string] => [name, variantText(name) || 'own choice only']),
    setup.variant,
    () => {},
  );
  const showVariants = (backend: string) => {
    variant.element.hidden = backend !== variantBackend;
  };
  const backend = select('Backend', choices(backends), setup.backend, showVariants);
  const script = fileButton('Add a backend', on.addScript, scriptTypes);
  const grid = select('Grid', choices(gridNames), setup.grid as string, () => {});
  showVariants(setup.backend);
  const stock = references.map((name) => checkbox(name, setup.reference.includes(name)));
  const q = toElement(
    h('input', {
      name: 'q',
      value: setup.q,
      class: 'mono',
      placeholder: 'conv2d:in=1x7x9x3;f=3x3x3x8;…',
      autocomplete: 'off',
      spellcheck: 'false',
    }),
  );
  const primary = toElement(h('button', { class: 'primary', id: 'run' }, primaryLabel.idle));
  const stop = toElement(
    h('button', { type: 'button', id: 'stop', disabled: true, onclick: on.stop }, 'Stop'),
  );
  const bar = toElement(h('progress', { value: 0, max: 1, 'aria-label': 'Cases done' }));
  const count = toElement(h('span', { id: 'count' }));
  const progress = toElement(h('div', { class: 'progress', hidden: true }, bar, count));
  const status = toElement(h('p', { id: 'status', role: 'status' }));
  const submit = (event: Event) => {
    event.preventDefault();
    on.primary();
  };
  const form = h(
    'form',
    { class: 'card controls', onsubmit: submit, 'aria-label': 'What to run' },
    h(
      'div',
      { class: 'row' },
      backend.element,
      script,
      variant.element,
      grid.element,
      h(
        'fieldset',
        {},
        h('legend', {}, 'Beside it, stock'),
        ...stock.map(({ element }) => element),
      ),
    ),
    h(
      'div',
      { class: 'row' },
      h(
        'label',
        { class: 'field wide' },
        h('span', {}, 'Instead of the grid: one case by its id, or a pattern with *'),
        q,
      ),
      primary,
      stop,
    ),
    progress,
    status,
  );
  const element = toElement(form);
  return {
    element,
    read: () => ({
      backend: backend.input.value,
      reference: references.filter((_, i) => stock[i].input.checked),
      grid: grid.input.value as Setup['grid'],
      q: q.value.trim(),
      variant: backend.input.value === variantBackend ? variant.input.value : '',
      module: backends.includes(backend.input.value) ? '' : setup.module,
    }),
    offer: (names, chosen) => {
      for (const name of names) {
        backend.input.append(toElement(h('option', { value: name }, name)));
      }
      backend.input.value = chosen;
      showVariants(chosen);
    },
    setPhase: (phase) => {
      primary.textContent = primaryLabel[phase];
      stop.disabled = phase === 'idle';
      element.dataset.phase = phase;
    },
    setProgress: (done, total, seconds) => {
      progress.hidden = false;
      bar.max = total;
      bar.value = done;
      count.textContent = `${done} of ${total} cases, ${seconds.toFixed(0)} s`;
    },
    say: (text, isError = false) => {
      status.textContent = text;
      status.className = isError ? 'bad' : 'soft';
    },
  };
}
