/** View of the page: choice of a model, its inputs, the backends, and what came of them. */
import { toElement, toNodes } from '../../lib/inPage/element.js';
import { copy, download } from '../../lib/inPage/handOver.js';
import { h, type Tree } from '../../report/html.js';
import { card, soft } from '../../report/markup.js';
import { select } from '../../validator/page/dom.js';
import { resultCards } from '../html.js';
import { fileName, type OwnModelResult } from '../results.js';
import { MOST_ROUNDS, rangeNames, type Settings, sideNames } from '../settings.js';
import { guessShape, type InputInfo, shapeText } from '../shapes.js';
import { takesPicture } from './inputs.js';
import type { OwnModel } from './model.js';
import { droppedFiles, type PickedFile, pickedFiles } from './source.js';

export interface Actions {
  pick(files: readonly PickedFile[]): void;
  load(address: string): void;
  /** Uses a picture as the input; null for seeded values. */
  picture(file: File | null): void;
  run(): void;
  stop(): void;
  /** Returns the address that shares the settings. */
  address(): string;
}

export interface View {
  /** Returns the settings that the user has made, except for the model. */
  settings(): Omit<Settings, 'model'>;
  /** Shows a model, and lets it run; null for none. */
  showModel(model: OwnModel | null): void;
  /** Shows a line on the model, or an error of it. */
  say(text: string, isError?: boolean): void;
  /** Shows an error of a run, beside its button; empty to remove it. */
  fail(text: string): void;
  setProgress(line: string, done: number): void;
  setRunning(isRunning: boolean): void;
  showResult(result: OwnModelResult): void;
}

const button = (label: string, onclick: () => unknown, more: { class?: string } = {}) =>
  toElement(h('button', { type: 'button', ...more, onclick }, label));

/** Makes a button that opens a chooser of files. */
function chooser(
  label: string,
  more: Readonly<Record<string, string | boolean>>,
  onFiles: (files: FileList) => void,
): Tree {
  const onchange = () => {
    if (input.files?.length) onFiles(input.files);
    // Lets the user choose the same files again.
    input.value = '';
  };
  const input = toElement(h('input', { type: 'file', 'aria-label': label, ...more, onchange }));
  return h('label', { class: 'button file' }, label, input);
}

function modelCard(actions: Actions, { model }: Settings, state: Tree['children'][number]): Tree {
  const url = toElement(
    h('input', { type: 'url', name: 'model', value: model, placeholder: 'https://…/model.json' }),
  );
  const onsubmit = (event: Event) => {
    event.preventDefault();
    actions.load(url.value.trim());
  };
  const isOver = (over: boolean) => (event: Event) => {
    event.preventDefault();
    zone.classList.toggle('over', over);
  };
  const ondrop = async (event: Event) => {
    isOver(false)(event);
    const { dataTransfer } = event as DragEvent;
    if (dataTransfer !== null) actions.pick(await droppedFiles(dataTransfer));
  };
  const zone: HTMLElement = toElement(
    h(
      'div',
      { class: 'drop', ondragover: isOver(true), ondragleave: isOver(false), ondrop },
      h('p', {}, 'Drop a model.json and its weight files, their folder, or a .tflite here.'),
      h(
        'div',
        { class: 'row' },
        chooser('Choose files', { multiple: true }, (files) => actions.pick(pickedFiles(files))),
        chooser('Choose a folder', { webkitdirectory: true }, (files) =>
          actions.pick(pickedFiles(files)),
        ),
      ),
    ),
  );
  return card(
    'Model',
    zone,
    h(
      'form',
      { class: 'row', onsubmit, novalidate: true },
      h('label', { class: 'field wide' }, h('span', {}, 'or its address'), url),
      h('button', { type: 'submit' }, 'Load'),
    ),
    state,
  );
}

/** Makes the fields of the inputs' shapes. */
function shapeFields(inputs: readonly InputInfo[], shapes: Settings['shapes']) {
  return inputs.map((info) => {
    const { name, dtype } = info;
    const value = shapes[name] ?? shapeText(guessShape(info));
    const input = toElement(h('input', { name: `shape of ${name}`, value, spellcheck: 'false' }));
    const fixed = info.shape === null ? '' : `, of ${shapeText(info.shape)}`;
    const label = h('span', {}, `${name} (${dtype}${fixed})`);
    return { info, input, field: h('label', { class: 'field wide' }, label, input) };
  });
}

/** Builds the page. @param absent why the browser lacks a side, by its name */
export function makeView(
  settings: Settings,
  absent: Readonly<Record<string, string>>,
  actions: Actions,
): View {
  const state = toElement(h('p', { class: 'message', role: 'status', id: 'status' }));
  const fields = toElement(h('div', { class: 'row' }));
  const pictureNote = toElement(h('span', { class: 'soft' }, 'Seeded random values.'));
  let shapes: ReturnType<typeof shapeFields> = [];

  const range = select(
    'Values',
    rangeNames.map((name) => [name, name.replace('..', ' to ')] as const),
    settings.range,
    () => {},
  );
  const seeded = button('Random values', () => {
    seeded.hidden = true;
    pictureNote.textContent = 'Seeded random values.';
    actions.picture(null);
  });
  seeded.hidden = true;
  const picture = chooser('Use a picture', { accept: 'image/*' }, ([file]) => {
    seeded.hidden = false;
    pictureNote.textContent = `${file.name}, resized to the shape.`;
    actions.picture(file);
  });
  const pictureRow = toElement(h('div', { class: 'row middle' }, picture, seeded, pictureNote));
  const inputs = toElement(
    h(
      'div',
      { hidden: true },
      card('Inputs', fields, h('div', { class: 'row' }, range.element), pictureRow),
    ),
  );

  const checks = sideNames.map((name) => {
    const disabled = absent[name] !== undefined;
    const checked = settings.sides.includes(name) && !disabled;
    const box = toElement(h('input', { type: 'checkbox', name, checked, disabled }));
    const why = disabled ? `${name}: ${absent[name]}` : name;
    return { name, box, label: h('label', {}, box, why) };
  });
  const rounds = toElement(
    h('input', { type: 'number', min: 1, max: MOST_ROUNDS, value: settings.rounds }),
  );
  const kernels = toElement(h('input', { type: 'checkbox', checked: settings.kernels }));
  const start = button('Compare', actions.run, { class: 'primary' });
  start.disabled = true;
  const stop = button('Stop', actions.stop);
  const line = toElement(h('span'));
  const bar = toElement(h('progress', { max: 1, value: 0, 'aria-label': 'Progress' }));
  const progress = toElement(h('div', { class: 'progress', hidden: true }, bar, line));
  stop.hidden = true;
  const fault = toElement(h('p', { class: 'message bad', role: 'alert', id: 'fault' }));
  const result = toElement(h('div', { id: 'result' }));
  const style = 'margin:0';
  const backends = card(
    'Backends',
    h(
      'fieldset',
      { class: 'choices' },
      h(
        'legend',
        {},
        'Stock cpu is what the others are compared with. Captured: predictions recorded once.',
      ),
      ...checks.map(({ label }) => label),
    ),
    h(
      'div',
      { class: 'row' },
      h('label', { class: 'field narrow' }, h('span', {}, 'Rounds'), rounds),
      h('fieldset', {}, h('label', {}, kernels, 'kernels by time')),
    ),
    h('div', { class: 'row' }, start, stop),
    progress,
    fault,
  );

  document.body.prepend(
    ...toNodes([
      h('h1', {}, 'Your own model'),
      h(
        'p',
        { style },
        'Compares the backends of this browser on a model of TensorFlow.js or TensorFlow Lite. The model and ' +
          'the picture stay on this device.',
      ),
      modelCard(actions, settings, state),
      inputs,
      backends,
      result,
    ]),
  );

  function say(text: string, isError = false): void {
    state.textContent = text;
    state.className = isError ? 'message bad' : 'message';
  }

  return {
    settings: () => ({
      // A guess is the same on every visit.
      shapes: Object.fromEntries(
        shapes
          .filter(({ info, input }) => input.value !== shapeText(guessShape(info)))
          .map(({ info, input }) => [info.name, input.value]),
      ),
      range: range.input.value as Settings['range'],
      sides: checks.filter(({ box }) => box.checked).map(({ name }) => name),
      rounds: Number(rounds.value),
      kernels: kernels.checked,
    }),
    showModel(model) {
      inputs.hidden = model === null;
      start.disabled = model === null;
      result.replaceChildren();
      if (model === null) return;
      shapes = shapeFields(model.inputs, settings.shapes);
      fields.replaceChildren(...toNodes(shapes.map(({ field }) => field)));
      pictureRow.hidden = !model.inputs.some((input) => takesPicture(guessShape(input)));
      const { name, format, weightBytes } = model;
      const weights = `${(weightBytes / 1e6).toFixed(weightBytes < 1e5 ? 3 : 1)} MB of weights`;
      say(`${name}: ${format === 'tflite' ? 'TensorFlow Lite' : `${format} model`}, ${weights}.`);
      start.focus({ preventScroll: true });
    },
    say,
    fail(text) {
      fault.textContent = text;
    },
    setProgress(text, done) {
      line.textContent = text;
      bar.value = done;
    },
    setRunning(isRunning) {
      progress.hidden = !isRunning;
      stop.hidden = !isRunning;
      start.hidden = isRunning;
      // The button that had the focus is gone.
      (isRunning ? stop : start).focus({ preventScroll: true });
      if (isRunning) result.replaceChildren();
    },
    showResult(shown) {
      result.replaceChildren(...toNodes([...resultCards(shown), handOver(shown, actions)]));
      const head = result.querySelector('h2')!;
      head.tabIndex = -1;
      head.focus({ preventScroll: true });
      result.scrollIntoView({ block: 'start' });
    },
  };
}

/** Makes the buttons that give the result and the settings away. */
function handOver(result: OwnModelResult, actions: Actions): Tree {
  const said = toElement(h('span', { class: 'soft', role: 'status' }));
  const name = fileName(result);
  const save = button('Download JSON', () => {
    const text = JSON.stringify(result, null, 1);
    download(new File([text], name, { type: 'application/json' }));
    said.textContent = `Downloaded ${name}.`;
  });
  const share = button('Copy link', async () => {
    try {
      await copy(actions.address());
      said.textContent = 'Copied a link to these settings.';
    } catch (error) {
      said.textContent = (error as Error).message;
    }
  });
  const note = soft(
    'The link has the settings, and the model’s address if it was loaded from one.',
  );
  return card('Keep and share', h('div', { class: 'row middle' }, save, share, said), note);
}
