// The month's board: which SKPD has not submitted, why, and how many days are left.
import { get, path } from './api.js';
import { clip, empty, fill, foreign, h, mark, say } from './dom.js';
import { addMonths, monthName, plainDay, thisMonth } from './time.js';
import { number, t, tn, word } from './words.js';

const groups = ['waiting', 'submitted', 'frozen', 'all'];
let chosen = 'waiting';

export const monthLink = (month, unit = null) => `#/month/${month}${unit ? `/${encodeURIComponent(unit)}` : ''}`;

/** The month that is due: until it is over nothing can be submitted. */
export function dueMonth() {
  return addMonths(thisMonth(), -1);
}

export const tones = { open: 'warn', returned: 'bad', submitted: 'info', frozen: 'good' };

export function stateBadge(state) {
  return h('span', { class: 'badge', 'data-tone': tones[state] }, word('period', state));
}

const isWaiting = (unit) => unit.state === 'open' || unit.state === 'returned';
const inGroup = (unit, group) => group === 'all' || (group === 'waiting' ? isWaiting(unit) : unit.state === group);

/** What is missing, in the language of the page. */
export function missingText(unit, item) {
  const terminal = unit.terminals.find((one) => one.serial === item.terminal);
  const name = terminal?.name ?? item.terminal ?? '';
  if (item.what !== 'terminal_incomplete') return t(`missing_${item.what}`, { n: number(item.n), terminal: name });
  return `${name}: ${t(`month_complete_${terminal?.completeness.result ?? 'unknown'}`, { n: number(item.n) })}`;
}

/** The same for a line of the board: terminals with the same trouble together. */
function missingShort(unit) {
  const lines = [];
  for (const what of ['terminal_incomplete', 'weekly_duty']) {
    const names = unit.missing.filter((item) => item.what === what).map((item) => terminalName(unit, item.terminal));
    if (names.length > 0) lines.push(`${tn(`board_${what}`, names.length)}: ${names.join(', ')}`);
  }
  for (const item of unit.missing) if (!item.terminal) lines.push(missingText(unit, item));
  return lines;
}

function windowText(board, units) {
  const { window } = board;
  const dates = { from: plainDay(window.from), to: plainDay(window.extension?.granted && window.extension.until ? window.extension.until : window.to) };
  const left = Math.max(0, ...units.map((unit) => unit.working_days_left));
  if (board.today < window.from) return { tone: 'quiet', text: t('window_before', dates) };
  if (!window.open && left === 0) return { tone: 'bad', text: t('window_over', dates) };
  return { tone: left <= 1 ? 'bad' : 'warn', text: tn('window_open', left, dates) };
}

function progress(units) {
  const parts = ['frozen', 'submitted', 'returned', 'open'].map((state) => ({ state, n: units.filter((unit) => unit.state === state).length }));
  const bar = h('div', { class: 'bar', 'aria-hidden': 'true' }, parts.filter(({ n }) => n > 0).map(({ state, n }) => {
    const piece = h('span', { 'data-tone': tones[state] });
    piece.style.flexGrow = String(n);
    return piece;
  }));
  const legend = h('ul', { class: 'legend' }, parts.map(({ state, n }) =>
    h('li', {}, h('i', { class: 'square', 'data-tone': tones[state], 'aria-hidden': 'true' }), ` ${word('period', state)}: `, h('strong', {}, number(n)))));
  return [bar, legend];
}

const columns = () => [
  { title: t('col_skpd'), class: 'c-skpd' }, { title: t('col_state'), class: 'c-pstate' }, { title: t('col_missing'), class: 'c-missing' },
  { title: t('col_people'), class: 'c-people num' }, { title: t('col_punches'), class: 'c-punches num' }, { title: t('col_days_left'), class: 'c-left num' }];

function unitRow(board, unit) {
  const titles = columns();
  const cell = (i, ...children) => h('td', { role: 'cell', class: titles[i].class, 'data-title': titles[i].title }, children);
  const missing = missingShort(unit).map((text) => h('li', { title: clip(text, 400) }, foreign(text, 200)));
  return h('tr', { role: 'row', 'data-tone': tones[unit.state] },
    cell(0, h('a', { href: monthLink(board.month, unit.unit) }, foreign(unit.name, 120)), h('span', { class: 'serial' }, clip(unit.unit, 40))),
    cell(1, stateBadge(unit.state), unit.submitted && unit.submitted !== 'in_time' ? h('span', { class: 'quiet' }, ` ${word('moment', unit.submitted)}`) : null,
      unit.amendments > 0 ? h('span', { class: 'quiet' }, ` ${tn('amendments_n', unit.amendments)}`) : null),
    cell(2, missing.length === 0 ? h('span', { class: 'quiet' }, t('nothing_missing')) : h('ul', { class: 'missing' }, missing)),
    cell(3, number(unit.people)), cell(4, number(unit.punches)),
    cell(5, isWaiting(unit) ? number(unit.working_days_left) : '–'));
}

function terminalName(unit, serial) {
  return unit.terminals.find((terminal) => terminal.serial === serial)?.name ?? serial;
}

function sorted(units) {
  const order = { returned: 0, open: 1, submitted: 2, frozen: 3 };
  return [...units].sort((a, b) => order[a.state] - order[b.state] || b.missing.length - a.missing.length || a.name.localeCompare(b.name, 'id'));
}

export function monthStepper(month, linkOf) {
  const input = h('input', { type: 'month', value: month, max: thisMonth(), 'aria-label': t('month'), onchange: () => {
    if (input.value) location.hash = linkOf(input.value);
  } });
  const step = (n, title, sign) => h('a', { class: 'tool', href: linkOf(addMonths(month, n)), 'aria-label': title, title }, sign);
  return h('div', { class: 'stepper' }, step(-1, t('month_before'), '‹'), input, month < thisMonth() ? step(1, t('month_after'), '›') : null);
}

export async function show(place, [wantedMonth]) {
  const month = wantedMonth ?? dueMonth();
  const board = await get(path('periods', month));
  const units = sorted(board.units);
  const waiting = units.filter(isWaiting).length;
  const time = windowText(board, units);
  const list = h('div', {});
  const buttons = groups.map((key) => h('button', { type: 'button', class: 'chip', 'data-key': key, onclick: () => {
    chosen = key;
    draw();
  } }, t(`group_${key}`), ' ', h('span', { class: 'chip-count' }, number(units.filter((unit) => inGroup(unit, key)).length))));
  const draw = () => {
    for (const button of buttons) mark(button, 'aria-pressed', button.dataset.key === chosen ? 'true' : 'false');
    const shown = units.filter((unit) => inGroup(unit, chosen));
    if (shown.length === 0) return fill(list, empty(units.length === 0 ? t('no_units') : t(`none_${chosen}`), units.length === 0 ? t('no_units_next') : null));
    const titles = columns();
    fill(list, h('table', { role: 'table', class: 'board' }, h('caption', { class: 'unseen' }, t('board_of', { month: monthName(month) })),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, titles.map((column) => h('th', { role: 'columnheader', scope: 'col', class: column.class }, column.title)))),
      h('tbody', { role: 'rowgroup' }, shown.map((unit) => unitRow(board, unit)))));
  };
  const headline = h('p', { class: 'headline' });
  say(headline, units.length === 0 ? t('no_units') : waiting === 0 ? t('all_submitted') : tn('not_submitted', waiting, { all: number(units.length) }));
  mark(headline, 'data-tone', waiting === 0 ? 'good' : 'warn');
  fill(place,
    h('div', { class: 'page-head' }, h('h1', { tabindex: '-1' }, t('board_of', { month: monthName(month) })), monthStepper(month, (to) => monthLink(to))),
    h('section', { class: 'card month-head' }, headline, h('p', { class: 'window', 'data-tone': time.tone }, time.text),
      board.window.proposed_extension ? h('p', { class: 'note' }, t('proposed_extension', { until: plainDay(board.window.proposed_extension.until) })) : null,
      progress(units)),
    h('div', { class: 'filters' }, h('div', { class: 'chips', role: 'group', 'aria-label': t('filter_by') }, buttons)), list,
    h('div', { class: 'buttons start' }, h('a', { class: 'button', href: `/api/v1/exports/${encodeURIComponent(month)}?format=csv`, download: `presensi-${month}.csv` }, t('export_csv'))));
  draw();
  return { title: t('board_of', { month: monthName(month) }) };
}
