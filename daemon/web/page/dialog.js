// Questions before something happens: a native dialog, so that focus stays in it and Esc closes it.
import { fill, h } from './dom.js';
import { t } from './words.js';

/** What went wrong, above the place where it can be mended. */
export function complaint(problem) {
  const sentence = problem.sentence ?? String(problem);
  return h('div', { class: 'complaint', role: 'alert' },
    h('p', {}, sentence),
    problem.detail ? h('p', { class: 'quiet' }, `${t('server_says')} `, h('bdi', { lang: 'en' }, problem.detail)) : null);
}

let fieldNumber = 0;

/** A labelled field; control is an input, select or textarea. */
export function field(label, control, hint = null) {
  const id = `field-${++fieldNumber}`;
  control.id = id;
  const help = hint ? h('span', { class: 'quiet hint', id: `${id}-hint` }, hint) : null;
  if (help) control.setAttribute('aria-describedby', help.id);
  return h('div', { class: 'field' }, h('label', { for: id }, label), control, help);
}

/**
 * Asks in a dialog. fields are elements, act() does it and may throw a Problem, which is shown so that one can try again.
 * Resolves with what act gave, or null if it was closed.
 */
export function ask({ title, fields = [], confirm, danger = false, act }) {
  return new Promise((resolve) => {
    let result = null;
    const trouble = h('div', {});
    const yes = h('button', { type: 'submit', class: danger ? 'button danger' : 'button primary' }, confirm);
    const no = h('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, t('cancel'));
    const form = h('form', {}, h('h2', {}, title), fields, trouble, h('div', { class: 'buttons' }, no, yes));
    const dialog = h('dialog', { 'aria-label': title }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      yes.disabled = true;
      fill(trouble);
      try {
        result = { value: await act() };
        dialog.close();
      } catch (problem) {
        fill(trouble, complaint(problem));
        yes.disabled = false;
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A short word that something is done, for eyes and screen readers. */
export function toast(sentence) {
  const box = document.querySelector('#said');
  if (!box) return;
  const note = h('p', { class: 'toast' }, sentence);
  fill(box, note);
  setTimeout(() => note.remove(), 6000);
}
