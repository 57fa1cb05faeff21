// A person's month, day by day.
import { get, path } from './api.js';
import { empty, fill, foreign, h } from './dom.js';
import { nameOfSerial } from './terminal_state.js';
import { addDays, addMonths, monthName, shortDay, thisMonth, today } from './time.js';
import { unitName, units } from './units.js';
import { link } from './view_home.js';
import { nipText } from './view_people.js';
import { monthStepper } from './view_month.js';
import { breadcrumb, section } from './view_terminal.js';
import { t, tn, word } from './words.js';

const personLink = (uuid, month) => `#/person/${encodeURIComponent(uuid)}/${month}`;

function punchItem(punch) {
  const marks = [...punch.flags.map((flag) => word('flag', flag)),
    ...(['late_online', 'pull_only', 'suspect'].includes(punch.grade) ? [word('grade', punch.grade)] : [])];
  return h('li', { 'data-tone': punch.counted ? null : 'bad' }, h('strong', { class: 'time' }, punch.device_time.slice(11, 16)), ' ',
    h('a', { href: link(punch.terminal) }, foreign(nameOfSerial(punch.terminal), 60)), ` · ${punch.roads.map((road) => word('road', road)).join(', ')}`,
    marks.map((text) => h('span', { class: 'badge', 'data-tone': punch.counted ? 'warn' : 'bad' }, text)));
}

function dayItem(day) {
  const free = day.holiday ?? (day.working_day ? null : t('free_day'));
  const nothing = day.punches.length === 0 && day.working_day && day.day < today();
  return h('li', { class: 'day', 'data-free': free ? 'yes' : null, 'data-tone': nothing ? 'warn' : null },
    h('span', { class: 'day-name' }, h('strong', {}, shortDay(day.day)), free ? h('span', { class: 'quiet block' }, foreign(free, 60)) : null),
    day.punches.length === 0 ? h('span', { class: 'quiet' }, day.day > today() ? '' : t(free ? 'no_punch_free' : 'no_punch'))
      : h('ul', { class: 'punches' }, day.punches.map(punchItem)));
}

function facts(person) {
  const rows = [['nip', nipText(person.nip)], ['kind', word('kind', person.kind)], ['echelon', word('echelon', person.echelon)], ['golongan', person.golongan],
    ['jabatan', person.jabatan], ['pin', person.pins.filter((one) => !one.valid_to).map((one) => one.terminal ? `${one.pin} (${nameOfSerial(one.terminal)})` : one.pin).join(', ') || t('no_pin')]];
  return h('dl', { class: 'facts' }, rows.filter(([, value]) => value).map(([key, value]) => h('div', {}, h('dt', {}, t(`fact_${key}`)), h('dd', {}, foreign(value, 120)))));
}

function enrolments(person) {
  if (person.terminals.length === 0) return empty(t('no_expected_terminals'));
  return h('ul', { class: 'plain' }, person.terminals.map((one) => h('li', {}, h('a', { href: link(one.terminal) }, foreign(nameOfSerial(one.terminal), 60)), ' ',
    h('span', { class: 'badge', 'data-tone': one.enrolled === null ? 'quiet' : one.enrolled ? 'good' : 'bad' }, t(one.enrolled === null ? 'enrolled_unknown' : one.enrolled ? 'enrolled' : 'not_enrolled')))));
}

async function days(uuid, month) {
  const end = addDays(`${addMonths(month, 1)}-01`, 0);
  const answer = await get(`${path('people', uuid, 'days')}?from=${month}-01&to=${end}`);
  const shown = answer.days.filter((day) => day.day <= today()).reverse();
  if (shown.length === 0) return empty(t('month_not_begun'));
  const present = shown.filter((day) => day.working_day && day.punches.length > 0).length;
  const working = shown.filter((day) => day.working_day).length;
  return [h('p', {}, tn('present_days', present, { all: working })), h('ol', { class: 'days' }, shown.map(dayItem))];
}

export async function show(place, [uuid, wantedMonth]) {
  const month = wantedMonth ?? thisMonth();
  const [person] = await Promise.all([get(path('people', uuid)), units()]);
  fill(place, breadcrumb([t('tab_people'), '#/people'], person.unit ? [unitName(person.unit), `#/people/${encodeURIComponent(person.unit)}`] : [t('no_unit')], [person.name]),
    h('div', { class: 'page-head' }, h('div', {}, h('h1', { tabindex: '-1' }, foreign(person.name, 160)), h('p', { class: 'quiet' }, foreign(unitName(person.unit) || t('no_unit'), 120))),
      monthStepper(month, (to) => personLink(uuid, to))),
    h('div', { class: 'grid side' },
      section(t('days_of', { month: monthName(month) }), () => days(uuid, month), { class: 'card main' }).element,
      h('div', { class: 'stack' }, h('section', { class: 'card' }, h('h2', {}, t('facts')), facts(person)),
        h('section', { class: 'card' }, h('h2', {}, t('where_to_punch')), enrolments(person)))));
  return { title: person.name.slice(0, 60) };
}
