// One terminal: how it is, its day by minute, what it told of itself, and what can be done with it.
import { get, path } from './api.js';
import { dayChart } from './charts.js';
import { complaint } from './dialog.js';
import { clip, empty, fill, foreign, h, say, table } from './dom.js';
import { live, learnTerminal, subscribe } from './live.js';
import { alarmsOf, nameOf, stateOf } from './terminal_state.js';
import { approve, rename, setState } from './terminal_actions.js';
import { addDays, ago, deviceTime, drift, longDay, shortDay, thisMonth, today, when } from './time.js';
import { unitName, units } from './units.js';
import { alarmCard, badge } from './view_home.js';
import { may } from './who.js';
import { current, number, t, tn, word } from './words.js';

const listed = 20; // lines of a list at first
const daysShown = 28;

export function breadcrumb(...steps) {
  return h('nav', { class: 'crumbs', 'aria-label': t('crumbs') }, steps.map(([text, href], i) =>
    [i > 0 ? h('span', { 'aria-hidden': 'true' }, ' / ') : null, href ? h('a', { href }, foreign(text, 80)) : h('span', {}, foreign(text, 80))]));
}

/** A section that fills itself, and says what is wrong where something is. */
export function section(title, load, attributes = {}) {
  const body = h('div', {}, h('p', { class: 'quiet' }, t('loading')));
  const element = h('section', { class: 'card', ...attributes }, h('h2', {}, title), body);
  const draw = async () => {
    try {
      fill(body, await load());
    } catch (problem) {
      if (problem.status === undefined) console.error(problem);
      fill(body, complaint(problem), h('button', { type: 'button', class: 'button small', onclick: draw }, t('try_again')));
    }
  };
  draw();
  return { element, draw };
}

// ---- the head

function head(terminal) {
  const box = h('div', { class: 'page-head' });
  const state = h('div', { class: 'state-line', role: 'status' });
  const alarms = h('ul', { class: 'alarms', 'aria-live': 'polite' });
  let drawn = '';
  const draw = () => {
    const it = live.terminals.get(terminal.serial) ?? terminal;
    const how = stateOf(it);
    const key = JSON.stringify([it.name, it.unit, it.state, how.kind, alarmsOf(it.serial)]);
    if (key !== drawn) {
      drawn = key;
      fill(box, h('div', {}, h('h1', { tabindex: '-1' }, foreign(nameOf(it), 200)),
        h('p', { class: 'quiet' }, h('span', { class: 'serial' }, foreign(it.serial, 80)), ' · ', foreign(unitName(it.unit) || t('no_unit')),
          it.role === 'apel' ? ` · ${t('role_apel')}` : '', it.portable ? ` · ${t('portable')}` : '')), actions(it));
      fill(alarms, alarmsOf(it.serial).map((alarm) => alarmCard([alarm])));
      fill(state, badge(how), ' ', h('span', { class: 'heard-text' }));
    }
    const heard = state.querySelector('.heard-text');
    say(heard, !it.last_seen ? t('never_heard') : how.kind === 'silent' ? t('silent_since', { at: when(it.last_seen), ago: ago(it.last_seen) })
      : t('heard_at', { at: when(it.last_seen), ago: ago(it.last_seen) }));
  };
  draw();
  return { elements: [box, state, alarms], draw };
}

function actions(terminal) {
  const button = (text, act, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick: act }, text);
  const list = [];
  if (may('oversee')) {
    if (terminal.state === 'seen') list.push(button(t('approve'), () => approve(terminal), 'primary'));
    else list.push(button(t('rename'), () => rename(live.terminals.get(terminal.serial) ?? terminal)));
    if (terminal.state === 'suspended' || terminal.state === 'retired') list.push(button(t('set_approved'), () => setState(terminal, 'approved'), 'primary'));
    if (terminal.state === 'approved') list.push(button(t('set_suspended'), () => setState(terminal, 'suspended')));
    if (terminal.state === 'approved' || terminal.state === 'suspended') list.push(button(t('set_retired'), () => setState(terminal, 'retired'), 'danger-quiet'));
  }
  if (may('bring') && terminal.state === 'approved') {
    list.push(h('a', { class: 'button', href: `#/upload/${encodeURIComponent(terminal.serial)}` }, t('upload_here')));
  }
  return h('div', { class: 'buttons' }, list);
}

// ---- its day

function daySection(serial) {
  const day = h('input', { type: 'date', value: today(), max: today(), 'aria-label': t('day'), onchange: () => draw(true) });
  const box = h('div', { class: 'chart', role: 'img' });
  const told = h('p', { class: 'quiet', role: 'status' });
  const steps = [-1, 1].map((n) => h('button', { type: 'button', class: 'tool', 'aria-label': t(n < 0 ? 'day_before' : 'day_after'), onclick: () => {
    const to = addDays(day.value || today(), n);
    if (to > today()) return;
    day.value = to;
    draw(true);
  } }, n < 0 ? '‹' : '›'));
  const element = h('section', { class: 'card wide' }, h('div', { class: 'section-head' }, h('h2', {}, t('by_minute')),
    h('div', { class: 'stepper' }, steps[0], day, steps[1])), box, told);
  let chart = null;
  let turn = 0;
  const draw = async () => {
    chart ??= dayChart(box);
    const mine = ++turn;
    try {
      const wanted = day.value || today();
      const answer = await get(`${path('terminals', serial, 'minutes')}?date=${wanted}`);
      if (mine !== turn) return;
      chart.draw(answer.minutes);
      const sum = answer.minutes.reduce((all, [, count]) => all + count, 0);
      say(told, sum === 0 ? t('day_empty', { day: longDay(answer.date) })
        : t('day_sum', { n: number(sum), day: longDay(answer.date), first: answer.minutes[0][0], last: answer.minutes.at(-1)[0] }));
    } catch (problem) {
      if (mine === turn) say(told, problem.sentence ?? t('problem_other'));
    }
  };
  return { element, draw, showsToday: () => day.value === today(), close: () => chart?.close() };
}

// ---- facts

function facts(whole) {
  const clocks = whole.clock ?? [];
  const rows = [
    ['state', word('terminal_state', whole.state)], ['address', whole.address], ['model', whole.model], ['firmware', whole.firmware],
    ['push_version', whole.push_version], ['mac', whole.mac], ['time_zone', whole.time_zone],
    ['first_seen', whole.first_seen ? when(whole.first_seen) : null],
    ['last_punch', whole.last_punch ? deviceTime(whole.last_punch) : null],
    ['punches', number(whole.counts.punches)], ['rejects', number(whole.counts.rejects)],
    ['users', whole.users === null ? null : number(whole.users)], ['records', whole.records === null ? null : number(whole.records)],
    ['drift', clocks.length ? `${drift(clocks[0].difference_ms)} (${when(clocks[0].at)})` : null],
    ['next_pull', whole.next_pull ? when(whole.next_pull) : null]];
  return h('dl', { class: 'facts' }, rows.filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => h('div', {}, h('dt', {}, t(`fact_${key}`)), h('dd', {}, foreign(value, 120)))));
}

// ---- completeness

const tones = { complete: 'good', mended: 'good', short: 'bad', unknown: 'warn' };

async function completeness(serial) {
  const { days } = await get(`${path('terminals', serial, 'completeness')}?from=${addDays(today(), -(daysShown - 1))}`);
  const text = (day) => t(`complete_${day.result}`, { n: number(day.n) });
  const squares = days.map((day) => h('li', { 'data-tone': tones[day.result], title: `${shortDay(day.day)}: ${text(day)}, ${tn('punches_n', day.punches)}` },
    h('span', { class: 'unseen' }, `${shortDay(day.day)}: ${text(day)}`)));
  const bad = days.filter((day) => day.result === 'short');
  const month = h('input', { type: 'month', value: thisMonth(), max: thisMonth(), 'aria-label': t('month') });
  const certificate = h('a', { class: 'button', target: '_blank', rel: 'noopener' }, t('certificate'));
  const point = () => {
    certificate.href = `/terminals/${encodeURIComponent(serial)}/certificate?month=${encodeURIComponent(month.value || thisMonth())}&lang=${current()}`;
  };
  month.addEventListener('change', point);
  point();
  return [
    days.length === 0 ? empty(t('no_days_compared'), t('no_days_compared_next'))
      : [h('ol', { class: 'squares', 'aria-label': t('last_days', { n: daysShown }) }, squares),
        h('p', {}, bad.length === 0 ? t('days_fine', { n: days.length }) : tn('days_short', bad.length)),
        h('p', { class: 'legend quiet' }, Object.entries({ complete: 'good', short: 'bad', unknown: 'warn' }).map(([key, tone]) =>
          h('span', {}, h('i', { class: 'square', 'data-tone': tone, 'aria-hidden': 'true' }), ` ${t(`legend_${key}`)} `)))],
    h('div', { class: 'buttons start' }, month, certificate)];
}

// ---- lists

function listOf(columns, rows, caption, nothing) {
  if (rows.length === 0) return empty(nothing);
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, table(caption, columns, rows, { class: 'lines' }));
}

function eventList(whole) {
  if (whole.events === null) return empty(t('store_away_list'));
  return listOf([{ title: t('col_when') }, { title: t('col_what') }, { title: t('col_detail') }, { title: t('col_operator') }],
    whole.events.slice(0, listed).map((event) => [deviceTime(event.device_time), word('event', event.kind) + (event.kind === 'operation' ? ` ${event.operation}` : ''),
      foreign(event.detail, 80), foreign(event.operator ?? '–', 24)]), t('events'), t('no_events'));
}

async function deliveryList(serial, whole) {
  const rows = [];
  const answer = await get(`${path('terminals', serial, 'deliveries')}?limit=${listed}`);
  for (const one of answer.deliveries) rows.push([one.received_at, word('road', one.road), `${one.table ?? ''} · ${t('bytes', { n: number(one.bytes ?? 0) })}`, one.peer]);
  for (const pull of whole.pulls ?? []) {
    rows.push([pull.ended_at ?? pull.queued_at, t('road_pull_try'), `${word('pull', pull.state)}${pull.state === 'done' ? `: ${tn('new_punches', pull.new)}` : ''}${pull.reason ? ` (${pull.reason})` : ''}`, pull.asked_by]);
  }
  const { uploads } = await get(`/api/v1/uploads?terminal=${encodeURIComponent(serial)}&limit=${listed}`);
  for (const one of uploads) rows.push([one.uploaded_at, t('road_upload_try'), `${word('upload', one.state)}: ${tn('new_punches', one.new)}, ${tn('known_punches', one.known)}`, one.uploaded_by]);
  rows.sort((a, b) => String(b[0]).localeCompare(String(a[0])));
  return listOf([{ title: t('col_when') }, { title: t('col_road') }, { title: t('col_what') }, { title: t('col_from') }],
    rows.slice(0, listed).map(([at, road, what, from]) => [when(at), road, foreign(what, 160), foreign(from ?? '–', 60)]), t('deliveries'), t('no_deliveries'));
}

async function rejectList(serial) {
  const { rejects } = await get(`/api/v1/rejects?terminal=${encodeURIComponent(serial)}&latest=${listed}`);
  return [listOf([{ title: t('col_when') }, { title: t('col_why') }, { title: t('col_line'), class: 'num' }, { title: t('col_text') }],
    rejects.map((one) => [when(one.received_at), word('reject', one.reason), number(one.line), h('code', {}, foreign(one.text, 120))]), t('rejects'), t('no_rejects')),
  rejects.length > 0 ? h('p', { class: 'quiet' }, t('rejects_what')) : null];
}

async function exceptionList(serial) {
  const { punches } = await get(`/api/v1/exceptions?terminal=${encodeURIComponent(serial)}&limit=1000`);
  punches.reverse();
  return [listOf([{ title: t('col_when') }, { title: t('col_why') }, { title: t('col_who') }],
    punches.slice(0, listed).map((punch) => [deviceTime(punch.device_time), word('grade', punch.grade), foreign(punch.person?.name ?? `PIN ${punch.pin}`, 80)]), t('exceptions'), t('no_exceptions')),
  punches.length > 0 ? h('p', { class: 'quiet' }, t('exceptions_what')) : null];
}

export async function show(place, [serial]) {
  const [whole] = await Promise.all([get(path('terminals', serial)), units().catch(() => [])]);
  learnTerminal(summaryOf(whole));
  const top = head(whole);
  const day = daySection(serial);
  const isOurs = whole.state !== 'seen';
  const parts = [
    h('section', { class: 'card' }, h('h2', {}, t('facts')), facts(whole)),
    ...(isOurs ? [section(t('completeness'), () => completeness(serial)).element,
      section(t('events'), () => eventList(whole), { class: 'card wide' }).element,
      section(t('deliveries'), () => deliveryList(serial, whole), { class: 'card wide' }).element,
      section(t('exceptions'), () => exceptionList(serial)).element,
      section(t('rejects'), () => rejectList(serial)).element] : [])];
  fill(place, breadcrumb([t('tab_home'), '#/'], [nameOf(whole)]), top.elements,
    isOurs ? null : h('p', { class: 'note' }, t('seen_what')), h('div', { class: 'grid' }, isOurs ? day.element : null, parts));
  if (isOurs) day.draw();
  let due = 0;
  const leave = subscribe((change) => {
    if (change.alarms || change.terminals === null || change.terminals.has(serial)) top.draw();
    if (!isOurs || !change.terminals?.has(serial) || !day.showsToday()) return;
    due ||= setTimeout(() => {
      due = 0;
      day.draw();
    }, 5000);
  });
  const tick = setInterval(top.draw, 15_000);
  return { title: clip(nameOf(whole), 60), close() {
    leave();
    clearInterval(tick);
    clearTimeout(due);
    day.close();
  } };
}

// What the list of terminals has of one, too.
function summaryOf(whole) {
  const { facts: _facts, events: _events, pulls: _pulls, clock: _clock, online: _online, known_users: _users, next_pull: _next, ...rest } = whole;
  return rest;
}
