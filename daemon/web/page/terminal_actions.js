// Approving, suspending and retiring a terminal: always asked first, always with a reason.
import { patch, path } from './api.js';
import { ask, field, toast } from './dialog.js';
import { foreign, h } from './dom.js';
import { learnTerminal } from './live.js';
import { nameOf } from './terminal_state.js';
import { when } from './time.js';
import { units } from './units.js';
import { t, word } from './words.js';

const longest = 200; // bytes of a name, as the daemon has it

export function reasonField(hint, required = true) {
  const reason = h('textarea', { rows: 3, required, maxlength: 900 });
  // On one line: what is kept in the audit has no line ends.
  return { said: () => reason.value.trim().replaceAll(/\s+/g, ' '), element: field(t(required ? 'reason' : 'reason_optional'), reason, hint) };
}

export async function unitSelect(chosen) {
  const list = await units();
  const option = (unit) => h('option', { value: unit.code, selected: unit.code === chosen }, `${unit.name} (${unit.code})`);
  const known = list.some((unit) => unit.code === chosen);
  return h('select', {}, h('option', { value: '' }, t('no_unit')),
    chosen && !known ? h('option', { value: chosen, selected: true }, chosen) : null, list.map(option));
}

async function change(terminal, wanted) {
  learnTerminal(await patch(path('terminals', terminal.serial), wanted));
}

/** An unknown terminal becomes one of ours. */
export async function approve(terminal) {
  const name = h('input', { value: terminal.name ?? '', required: true, maxlength: longest, autocomplete: 'off' });
  const unit = await unitSelect(terminal.unit);
  const { said, element } = reasonField(t('approve_reason_hint'));
  const done = await ask({
    title: t('approve_title'),
    fields: [
      h('p', {}, t('approve_what')),
      h('dl', { class: 'facts' }, fact('serial', terminal.serial), fact('address', terminal.address), fact('model', terminal.model ?? terminal.firmware),
        fact('first_seen', terminal.first_seen ? when(terminal.first_seen) : null)),
      field(t('name'), name, t('name_hint')), field(t('unit'), unit), element],
    confirm: t('approve'),
    act: () => change(terminal, { state: 'approved', name: name.value.trim(), reason: said(), ...(unit.value ? { unit: unit.value } : {}) }),
  });
  if (done) toast(t('approved_toast', { name: name.value.trim() }));
}

function fact(key, value) {
  return value ? h('div', {}, h('dt', {}, t(`fact_${key}`)), h('dd', {}, foreign(value, 80))) : null;
}

/** suspended, retired, or approved again. */
export async function setState(terminal, state) {
  const { said, element } = reasonField(t('reason_audit'));
  const done = await ask({
    title: t(`set_${state}_title`, { name: nameOf(terminal).slice(0, 60) }),
    fields: [h('p', {}, t(`set_${state}_what`)), element],
    confirm: t(`set_${state}`),
    danger: state !== 'approved',
    act: () => change(terminal, { state, reason: said() }),
  });
  if (done) toast(t('changed_toast', { name: nameOf(terminal).slice(0, 60), state: word('state', state === 'approved' ? 'heard' : state) }));
  return done;
}

export async function rename(terminal) {
  const name = h('input', { value: terminal.name ?? '', required: true, maxlength: longest, autocomplete: 'off' });
  const unit = await unitSelect(terminal.unit);
  const { said, element } = reasonField(t('reason_audit'));
  return ask({
    title: t('rename_title'),
    fields: [field(t('name'), name, t('name_hint')), field(t('unit'), unit), element],
    confirm: t('save'),
    act: () => change(terminal, { name: name.value.trim(), unit: unit.value, reason: said() }),
  });
}
