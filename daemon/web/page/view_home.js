// The first view: is every terminal alive, what comes in now, and what should somebody do about it?
import { minutesOf } from './minutes.js';
import { intakeChart, spark } from './charts.js';
import { clip, fill, foreign, h, mark, say } from './dom.js';
import { eventSection } from './event_list.js';
import { live, subscribe } from './live.js';
import { byName, byUrgency, isHeard, nameOf, nameOfSerial, stateOf } from './terminal_state.js';
import { ago, drift, minuteOf, now, shortDay, today, when } from './time.js';
import { approve } from './terminal_actions.js';
import { unitName, units } from './units.js';
import { VirtualRows } from './virtual_rows.js';
import { may } from './who.js';
import { number, ofAlarm, t, tn, word } from './words.js';

const filters = ['all', 'attention', 'silent', 'seen', 'apel'];
let chosen = 'all'; // these two survive a look at another view
let wanted = '';

export const link = (serial) => `#/terminal/${encodeURIComponent(serial)}`;

export function badge(state) {
  return h('span', { class: 'badge', 'data-tone': state.tone }, word('state', state.kind));
}

function classify() {
  return [...live.terminals.values()].map((terminal) => ({ terminal, state: stateOf(terminal) }));
}

function passes(item) {
  const { terminal, state } = item;
  if (chosen === 'attention' && state.order > 3) return false;
  if (chosen === 'silent' && state.kind !== 'silent') return false;
  if (chosen === 'seen' && state.kind !== 'seen') return false;
  if (chosen === 'apel' && terminal.role !== 'apel') return false;
  if (wanted === '') return true;
  const text = `${terminal.name ?? ''} ${terminal.serial} ${terminal.unit ?? ''} ${unitName(terminal.unit)} ${terminal.address ?? ''}`.toLocaleLowerCase();
  return wanted.toLocaleLowerCase().split(/\s+/).every((part) => text.includes(part));
}

// ---- above: one sentence, four numbers

function headline(items) {
  const approved = items.filter(({ terminal }) => terminal.state === 'approved');
  const silent = items.filter(({ state }) => state.kind === 'silent').length;
  const alarmed = items.filter(({ state }) => state.kind === 'alarm').length;
  if (items.length === 0) return { tone: 'quiet', text: t('no_terminals') };
  if (silent > 0) return { tone: 'bad', text: tn('headline_silent', silent, { all: number(approved.length) }) };
  if (alarmed > 0) return { tone: 'bad', text: tn('headline_alarm', alarmed, { all: number(approved.length) }) };
  const heard = approved.filter(({ terminal }) => isHeard(terminal)).length;
  if (approved.length === 0) return { tone: 'quiet', text: t('headline_unapproved') };
  if (heard < approved.length) return { tone: 'quiet', text: t('headline_some', { n: number(heard), all: number(approved.length) }) };
  return { tone: 'good', text: tn('headline_good', approved.length) };
}

function tile(key) {
  const value = h('strong', { class: 'value' });
  const note = h('span', { class: 'quiet' });
  const element = h('div', { class: 'tile' }, h('span', { class: 'tile-title' }, t(key)), value, note);
  return { element, tell(text, beside, tone = null) {
    say(value, text);
    say(note, beside);
    mark(element, 'data-tone', tone);
  } };
}

function summary() {
  const sentence = h('h1', { tabindex: '-1', class: 'headline' });
  const which = h('ul', { class: 'which' });
  let named = '';
  const tiles = { heard: tile('tile_heard'), today: tile('tile_today'), minute: tile('tile_minute'), store: tile('tile_store') };
  const element = h('section', { class: 'summary', 'aria-label': t('summary') }, h('div', {}, sentence, which),
    h('div', { class: 'tiles' }, Object.values(tiles).map((one) => one.element)));
  return { element, draw(items) {
    const head = headline(items);
    say(sentence, head.text);
    mark(sentence, 'data-tone', head.tone);
    const silent = items.filter(({ state }) => state.kind === 'silent').sort(byUrgency);
    const key = JSON.stringify(silent.map(({ terminal, state }) => [nameOf(terminal), state.since, ago(state.since)]));
    if (key !== named) fill(which, whichLines(silent));
    named = key;
    const approved = items.filter(({ terminal }) => terminal.state === 'approved');
    const heard = approved.filter(({ terminal }) => isHeard(terminal)).length;
    tiles.heard.tell(`${number(heard)} / ${number(approved.length)}`, t('tile_heard_note'), heard < approved.length ? null : 'good');
    const known = approved.some(({ terminal }) => typeof terminal.today === 'number');
    const sum = approved.reduce((all, { terminal }) => all + (terminal.today ?? 0), 0);
    tiles.today.tell(known ? number(sum) : number(live.counts.punches), known ? shortDay(today()) : t('tile_stored'));
    const minutes = live.perMinute;
    tiles.minute.tell(number(minutes.at(-1) ?? 0), t('tile_hour', { n: number(minutes.reduce((all, n) => all + n, 0)) }));
    const fine = live.ready && live.store.state !== 'unavailable';
    tiles.store.tell(t(fine ? 'store_fine' : 'store_away'), word('store', live.store.backend), fine ? 'good' : 'bad');
  } };
}

const namedSilent = 4;

// Which, and since when, without scrolling.
function whichLines(silent) {
  const lines = silent.slice(0, namedSilent).map(({ terminal, state }) => h('li', {},
    h('a', { href: link(terminal.serial) }, foreign(nameOf(terminal), 60)), ` ${t('since', { at: when(state.since) })} (${ago(state.since)})`));
  if (silent.length > namedSilent) lines.push(h('li', { class: 'quiet' }, tn('and_more', silent.length - namedSilent)));
  return lines;
}

// ---- the apel terminals, one look

function apelStrip() {
  const list = h('ul', { class: 'apel' });
  const element = h('section', { 'aria-labelledby': 'apel-title', hidden: true }, h('h2', { id: 'apel-title' }, t('apel_title')), list);
  const shown = new Map();
  return { element, draw(items) {
    const apel = items.filter(({ terminal }) => terminal.role === 'apel' && terminal.state !== 'retired')
      .sort((a, b) => byName(a.terminal, b.terminal)).slice(0, 60);
    element.hidden = apel.length === 0;
    const serials = apel.map(({ terminal }) => terminal.serial);
    if ([...shown.keys()].join('\n') !== serials.join('\n')) {
      shown.clear();
      fill(list, apel.map(({ terminal }) => {
        const one = apelCard(terminal);
        shown.set(terminal.serial, one);
        return one.element;
      }));
    }
    for (const { terminal, state } of apel) shown.get(terminal.serial).update(terminal, state);
  } };
}

function apelCard(terminal) {
  const name = h('strong', {});
  const state = h('span', { class: 'apel-state' });
  const heard = h('span', { class: 'quiet' });
  const card = h('a', { href: link(terminal.serial) }, name, state, heard);
  return { element: h('li', {}, card), update(now, its) {
    say(name, clip(nameOf(now), 40));
    say(state, word('state', its.kind));
    say(heard, now.last_seen ? ago(now.last_seen) : t('never'));
    mark(card, 'data-tone', its.tone);
  } };
}

// ---- alarms

const groupsAtFirst = 4;
const linesAtFirst = 3;

// The same trouble at many terminals is one thing to do.
function groupsOf(alarms) {
  const groups = new Map();
  for (const alarm of alarms) {
    const key = `${alarm.id} ${ofAlarm(alarm).todo}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(alarm);
  }
  return [...groups.values()];
}

function alarmList() {
  const list = h('ul', { class: 'alarms', 'aria-live': 'polite', 'aria-relevant': 'additions' });
  const more = h('button', { type: 'button', class: 'button small', hidden: true, onclick: () => {
    all = !all;
    drawn = '';
    draw();
  } });
  const title = h('h2', { id: 'alarms-title' });
  const element = h('section', { class: 'alarm-section', 'aria-labelledby': 'alarms-title' }, h('div', { class: 'section-head' }, title, more), list);
  let drawn = '';
  let all = false;
  const draw = () => {
    const groups = groupsOf(live.alarms);
    const longest = Math.max(0, ...groups.map((group) => group.length));
    const key = JSON.stringify([all, live.alarms.map((alarm) => [ofAlarm(alarm), alarm.terminal, ago(alarm.since)])]);
    element.hidden = live.alarms.length === 0;
    if (key === drawn) return;
    drawn = key;
    say(title, tn('alarms', live.alarms.length));
    fill(list, (all ? groups : groups.slice(0, groupsAtFirst)).map((group) => alarmCard(group, all ? group.length : linesAtFirst)));
    more.hidden = groups.length <= groupsAtFirst && longest <= linesAtFirst;
    say(more, all ? t('alarms_fewer') : tn('alarms_all', live.alarms.length));
  };
  return { element, draw };
}

/** What stands, of one terminal or of several with the same trouble, and what to do. */
export function alarmCard(alarms, most = linesAtFirst) {
  // Its id once, by which the guide knows what to do.
  const line = (alarm, i) => h('li', {}, h('strong', {}, foreign(ofAlarm(alarm).message, 300)), ' ',
    i === 0 ? [h('code', { class: 'alarm-id' }, foreign(alarm.id, 60)), ' '] : null,
    h('span', { class: 'quiet' }, t('since', { at: when(alarm.since) }), alarm.terminal
      ? [' · ', h('a', { href: link(alarm.terminal) }, t('look'), h('span', { class: 'unseen' }, ` ${clip(nameOfSerial(alarm.terminal), 60)}`))] : null));
  return h('li', { class: 'alarm', 'data-urgent': alarms[0].urgent ? 'yes' : 'no' },
    h('ul', {}, alarms.slice(0, most).map(line), alarms.length > most ? h('li', { class: 'quiet' }, tn('and_more', alarms.length - most)) : null),
    h('p', {}, h('span', { class: 'quiet' }, `${t('what_to_do')}: `), foreign(ofAlarm(alarms[0]).todo, 400)));
}

// ---- the terminals

const columns = () => [
  { title: t('col_state'), class: 'c-state' }, { title: t('col_terminal'), class: 'c-name' }, { title: t('col_unit'), class: 'c-unit' },
  { title: t('col_heard'), class: 'c-heard' }, { title: t('col_today'), class: 'c-today' }, { title: t('col_drift'), class: 'c-drift num' },
  { title: t('col_complete'), class: 'c-complete' }];

function completenessText(terminal) {
  const last = terminal.completeness;
  return last ? t(`complete_${last.result}`, { n: number(last.n) }) : '–';
}

const completenessTone = { complete: 'good', mended: 'good', short: 'bad', unknown: 'warn' };

function terminalRow(item) {
  const titles = columns();
  const cell = (i, ...children) => h('td', { role: 'cell', class: titles[i].class, 'data-title': titles[i].title }, children);
  const badgeBox = h('span', { class: 'badge' });
  const name = h('bdi', {});
  const serial = h('span', { class: 'serial' });
  const unit = h('span', { class: 'clip' });
  const heard = h('span', { class: 'heard' });
  const exact = h('span', { class: 'quiet' });
  const count = h('span', { class: 'count' });
  const chart = spark();
  const clockText = h('span', {});
  const complete = h('span', {});
  const action = h('span', { class: 'row-action' });
  const element = h('tr', { role: 'row' },
    cell(0, badgeBox), cell(1, h('a', { class: 'clip', href: link(item.terminal.serial) }, name), serial), cell(2, unit, action),
    cell(3, heard, exact), cell(4, chart.element, count), cell(5, clockText), cell(6, complete));
  let shownState = '';
  const update = ({ terminal, state }) => {
    say(badgeBox, word('state', state.kind));
    mark(badgeBox, 'data-tone', state.tone);
    mark(element, 'data-tone', state.tone);
    mark(element, 'data-kind', state.kind);
    say(name, clip(nameOf(terminal), 120));
    say(serial, terminal.name ? clip(terminal.serial, 40) : (terminal.address ?? ''));
    say(unit, clip(unitName(terminal.unit) || (terminal.state === 'seen' ? terminal.address ?? '' : '–'), 120));
    const silent = state.kind === 'silent';
    say(heard, silent ? t('since', { at: when(terminal.last_seen) }) : terminal.last_seen ? ago(terminal.last_seen) : t('never'));
    say(exact, !terminal.last_seen ? '' : silent ? ago(terminal.last_seen) : when(terminal.last_seen));
    const minutes = minutesOf(terminal, () => update({ terminal: live.terminals.get(terminal.serial) ?? terminal, state }));
    chart.draw(minutes.list, minuteOf(now()));
    say(count, typeof terminal.today === 'number' ? number(terminal.today) : minutes.list ? number(minutes.sum) : '');
    say(clockText, drift(terminal.drift_ms));
    mark(clockText, 'data-tone', Math.abs(terminal.drift_ms ?? 0) >= 60_000 ? 'bad' : null);
    say(complete, completenessText(terminal));
    mark(complete, 'data-tone', completenessTone[terminal.completeness?.result] ?? null);
    if (shownState === terminal.state) return;
    shownState = terminal.state;
    fill(action, terminal.state === 'seen' && may('oversee')
      ? h('button', { type: 'button', class: 'button small primary', onclick: () => approve(live.terminals.get(terminal.serial)) }, t('approve')) : null);
  };
  return { element, update };
}

function terminalTable() {
  const search = h('input', { type: 'search', value: wanted, placeholder: t('filter_hint'), 'aria-label': t('filter_hint'), autocomplete: 'off', spellcheck: 'false', oninput: () => {
    wanted = search.value.trim();
    draw();
  } });
  const buttons = filters.map((key) => h('button', { type: 'button', class: 'chip', 'data-key': key, onclick: () => {
    chosen = key;
    draw();
  } }, h('span', {}, t(`filter_${key}`)), ' ', h('span', { class: 'chip-count' })));
  const told = h('p', { class: 'quiet', role: 'status' });
  const nothing = h('div', { class: 'empty', hidden: true });
  const body = h('tbody', { role: 'rowgroup' });
  const grid = h('table', { role: 'table', class: 'terminals' },
    h('caption', { class: 'unseen' }, t('terminals')),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row', 'aria-rowindex': 1 }, columns().map((column) =>
      h('th', { role: 'columnheader', scope: 'col', class: column.class }, column.title)))), body);
  const element = h('section', { class: 'terminal-section', 'aria-labelledby': 'terminals-title' },
    h('div', { class: 'section-head' }, h('h2', { id: 'terminals-title' }, t('terminals')), told),
    h('div', { class: 'filters' }, search, h('div', { class: 'chips', role: 'group', 'aria-label': t('filter_by') }, buttons)), grid, nothing);
  const rows = new VirtualRows(body, terminalRow, (item) => item.terminal.serial);
  let items = [];
  const draw = (all = items) => {
    items = all;
    const shown = items.filter(passes).sort(byUrgency);
    for (const button of buttons) {
      const key = button.dataset.key;
      mark(button, 'aria-pressed', key === chosen ? 'true' : 'false');
      say(button.querySelector('.chip-count'), number(countOf(key, items)));
    }
    mark(grid, 'aria-rowcount', shown.length + 1);
    say(told, shown.length === items.length ? tn('terminals_n', items.length) : t('terminals_of', { n: number(shown.length), all: number(items.length) }));
    grid.hidden = shown.length === 0;
    nothing.hidden = shown.length > 0;
    if (shown.length === 0) {
      fill(nothing, items.length === 0 ? [h('p', {}, t('no_terminals')), h('p', { class: 'quiet' }, t('no_terminals_next'))]
        : [h('p', {}, t('no_match')), h('button', { type: 'button', class: 'button', onclick: clear }, t('show_all'))]);
    }
    rows.set(shown);
  };
  const clear = () => {
    chosen = 'all';
    wanted = '';
    search.value = '';
    draw();
    search.focus();
  };
  return { element, draw, rows };
}

function countOf(key, items) {
  if (key === 'all') return items.length;
  return items.filter(({ terminal, state }) => key === 'attention' ? state.order <= 3
    : key === 'apel' ? terminal.role === 'apel' : state.kind === key).length;
}

// ---- together

export async function show(place) {
  const top = summary();
  const apel = apelStrip();
  const events = eventSection();
  const alarms = alarmList();
  const terminals = terminalTable();
  const chartBox = h('div', { class: 'chart', role: 'img' });
  const intake = h('section', { class: 'card intake', 'aria-labelledby': 'intake-title' }, h('h2', { id: 'intake-title' }, t('intake')), chartBox);
  fill(place, h('div', { class: 'overview' }, top.element, intake), apel.element, alarms.element, events.element, terminals.element);
  const chart = intakeChart(chartBox);

  const drawAll = () => {
    const items = classify();
    top.draw(items);
    apel.draw(items);
    terminals.draw(items);
  };
  alarms.draw();
  drawAll();
  chart.draw(live.perMinute);
  units().then(drawAll, () => {});
  events.ask();

  // Many events a second become one look at all, and none while nobody looks.
  let due = 0;
  const later = () => {
    due ||= setTimeout(() => {
      due = 0;
      if (!document.hidden) drawAll();
    }, 400);
  };
  const leave = subscribe((change) => {
    if (change.alarms) alarms.draw();
    if (change.minutes) chart.draw(live.perMinute);
    if (change.terminals === null || change.terminals.size > 0 || change.alarms || change.minutes) later();
  });
  const tick = setInterval(() => {
    if (document.hidden) return;
    drawAll();
    alarms.draw();
    events.ask();
  }, 15_000);
  const seen = () => {
    if (document.hidden) return;
    drawAll();
    events.ask();
  };
  document.addEventListener('visibilitychange', seen);
  return {
    title: t('tab_home'),
    close() {
      leave();
      clearTimeout(due);
      clearInterval(tick);
      document.removeEventListener('visibilitychange', seen);
      events.close();
      terminals.rows.close();
      chart.close();
    },
  };
}
