// A unit's month: what is missing and where to mend it; submit, and for super-admins return and freeze.
import { get, path, post } from './api.js';
import { ask, complaint, toast } from './dialog.js';
import { clip, empty, fill, foreign, h, table } from './dom.js';
import { deviceTime, monthName, plainDay, thisMonth, when } from './time.js';
import { reasonField } from './terminal_actions.js';
import { link } from './view_home.js';
import { missingText, monthLink, monthStepper, stateBadge } from './view_month.js';
import { breadcrumb, section } from './view_terminal.js';
import { may } from './who.js';
import { current, number, t, tn, word } from './words.js';

// Where what is missing can be mended.
function mend(unit, item) {
  if (item.terminal) return [[t('mend_terminal'), link(item.terminal)], [t('mend_upload'), `#/upload/${encodeURIComponent(item.terminal)}`]];
  if (item.what === 'people_without_punch' || item.what === 'unmatched_pins') return [[t('mend_people'), `#/people/${encodeURIComponent(unit.unit)}`]];
  return [];
}

function missingList(unit, items) {
  if (items.length === 0) return h('p', { class: 'good-line' }, t('nothing_missing'));
  return h('ul', { class: 'todo' }, items.map((item) => h('li', {},
    h('strong', {}, foreign(missingText(unit, item), 160)),
    h('span', { class: 'quiet' }, ` ${t(`todo_${item.what}`)}`),
    h('span', { class: 'links' }, mend(unit, item).map(([text, href]) => [' ', h('a', { href }, text)])))));
}

const completeTone = { complete: 'good', mended: 'good', by_file: 'good', short: 'bad', unknown: 'warn', not_in_service: 'quiet' };

function terminals(unit) {
  if (unit.terminals.length === 0) return empty(t('no_own_terminals'));
  const columns = [{ title: t('col_terminal') }, { title: t('col_complete') }, { title: t('col_last') }, { title: t('col_punches'), class: 'num' },
    { title: t('col_rejects'), class: 'num' }, { title: t('col_pins'), class: 'num' }];
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('terminals') }, table(t('terminals'), columns, unit.terminals.map((one) => {
    const result = one.completeness.result;
    const n = result === 'unknown' ? one.completeness.unknown_days : one.completeness.n;
    const last = [one.last_push, one.last_pull, one.last_upload].filter(Boolean).sort().at(-1);
    return [h('a', { href: link(one.serial) }, foreign(one.name ?? one.serial, 80)),
      h('span', { 'data-tone': completeTone[result] }, t(`month_complete_${result}`, { n: number(n) })),
      [last ? when(last) : t('never'), one.weekly_duty_open ? [' ', h('span', { class: 'badge', 'data-tone': 'warn' }, t('duty_open'))] : null],
      number(one.punches), number(one.rejects), number(one.unmatched_pins)];
  }), { class: 'lines' }));
}

function steps(unit) {
  if (unit.steps.length === 0) return empty(t('no_steps'));
  return h('ol', { class: 'steps' }, [...unit.steps].reverse().map((step) => h('li', {},
    h('strong', {}, word('step', step.step)), ` · ${when(step.at)} · `, foreign(step.by.replace(/^account:/, ''), 60), ' · ', h('span', { class: 'quiet' }, word('moment', step.moment)),
    step.reason ? h('p', {}, '“', foreign(step.reason, 1000), '”') : null,
    step.detail?.missing?.length ? h('p', { class: 'quiet' }, tn('missing_then', step.detail.missing.length)) : null)));
}

async function amendments(month, unit) {
  const answer = await get(path('periods', month, unit.unit, 'amendments'));
  if (answer.amendments.length === 0) return empty(t('no_amendments'));
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('amendments') },
    table(t('amendments'), [{ title: t('col_what') }, { title: t('col_when') }, { title: t('col_who') }, { title: t('col_terminal') }],
      answer.amendments.slice(0, 200).map((one) => [word('amendment', one.kind), deviceTime(one.device_time), foreign(one.person?.name ?? one.before?.name ?? `PIN ${one.pin}`, 80), foreign(one.terminal, 40)]), { class: 'lines' }));
}

/** Asks for the reason and moves the month; the daemon has the last word, and says what is missing. */
function move(month, unit, step, required, again) {
  const { said, element } = reasonField(t(`${step}_reason_hint`), required);
  return ask({
    title: t(`${step}_title`, { unit: clip(unit.name, 80), month: monthName(month) }),
    fields: [h('p', {}, t(`${step}_what`)), step === 'submit' && unit.missing.length > 0 ? missingList(unit, unit.missing) : null, element],
    confirm: t(`${step}_do`),
    danger: step === 'return',
    act: () => post(path('periods', month, unit.unit, step), said() ? { reason: said() } : {}),
  }).then((done) => {
    if (!done) return;
    toast(t(`${step}_toast`, { unit: clip(unit.name, 80) }));
    again();
  });
}

function actions(month, unit, again) {
  const button = (step, kind, required) => h('button', { type: 'button', class: `button ${kind}`, onclick: () => move(month, unit, step, required, again) }, t(`${step}_do`));
  const list = [];
  const canSubmit = unit.state === 'open' || unit.state === 'returned';
  const late = unit.working_days_left === 0;
  if (canSubmit && may('manage') && month < thisMonth()) list.push(button('submit', 'primary', unit.missing.length > 0 || late));
  if (unit.state === 'submitted' && may('oversee')) list.push(button('freeze', 'primary', false), button('return', '', true));
  const query = `unit=${encodeURIComponent(unit.unit)}`;
  list.push(h('a', { class: 'button', href: `/periods/${encodeURIComponent(month)}/${encodeURIComponent(unit.unit)}/sheet?lang=${current()}`, target: '_blank', rel: 'noopener' }, t('sheet')),
    h('a', { class: 'button', href: `/api/v1/exports/${encodeURIComponent(month)}?${query}&format=csv`, download: `presensi-${month}-${unit.unit}.csv` }, t('export_csv')));
  return h('div', { class: 'buttons start' }, list);
}

function line(unit) {
  const daysLeft = unit.state === 'open' || unit.state === 'returned' ? tn('days_left', unit.working_days_left) : null;
  return h('p', { class: 'state-line' }, stateBadge(unit.state), ' ', unit.changed_at ? h('span', { class: 'quiet' }, when(unit.changed_at)) : null,
    daysLeft ? h('span', {}, ` ${daysLeft}`) : null,
    unit.extension?.granted ? h('span', { class: 'quiet' }, ` · ${t('extended_until', { day: plainDay(unit.extension.until) })}`) : null);
}

function numbers(unit) {
  const rows = [['people', unit.people], ['people_without_punch', unit.people_without_punch], ['punches', unit.punches], ['unmatched_pins', unit.unmatched_pins],
    ['rejects', unit.rejects], ['exceptions', unit.exceptions]];
  return h('dl', { class: 'facts' }, rows.map(([key, n]) => h('div', {}, h('dt', {}, t(`number_${key}`)), h('dd', {}, number(n)))),
    unit.digest ? h('div', {}, h('dt', {}, t('digest')), h('dd', {}, h('code', { class: 'digest' }, unit.digest))) : null);
}

export async function show(place, [month, code]) {
  const draw = async () => {
    const unit = await get(path('periods', month, code));
    fill(place, breadcrumb([t('board_of', { month: monthName(month) }), monthLink(month)], [unit.name]),
      h('div', { class: 'page-head' }, h('div', {}, h('h1', { tabindex: '-1' }, foreign(unit.name, 160)), h('p', { class: 'quiet' }, monthName(month), ' · ',
        t('window_dates', { from: plainDay(unit.window.from), to: plainDay(unit.window.to) }))), monthStepper(month, (to) => monthLink(to, code))),
      line(unit), actions(month, unit, () => draw().catch((problem) => fill(place, complaint(problem)))),
      h('div', { class: 'grid' },
        h('section', { class: 'card' }, h('h2', {}, t('what_is_missing')), missingList(unit, unit.missing)),
        h('section', { class: 'card' }, h('h2', {}, t('numbers')), numbers(unit),
          h('p', { class: 'after' }, h('a', { href: `#/people/${encodeURIComponent(code)}` }, t('people_of', { unit: clip(unit.name, 80) })))),
        h('section', { class: 'card wide' }, h('h2', {}, t('terminals')), terminals(unit)),
        unit.state === 'frozen' ? section(t('amendments'), () => amendments(month, unit), { class: 'card wide' }).element : null,
        h('section', { class: 'card wide' }, h('h2', {}, t('steps')), steps(unit))));
    return unit;
  };
  const unit = await draw();
  return { title: `${clip(unit.name, 60)}, ${monthName(month)}` };
}
