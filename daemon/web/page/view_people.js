// A unit's people.
import { get } from './api.js';
import { complaint } from './dialog.js';
import { empty, fill, foreign, h, row } from './dom.js';
import { unitName, units } from './units.js';
import { who } from './who.js';
import { t, tn, word } from './words.js';

const page = 200;

const columns = () => [{ title: t('col_name'), class: 'c-name' }, { title: t('col_nip'), class: 'c-nip' }, { title: t('col_kind'), class: 'c-kind' },
  { title: t('col_echelon'), class: 'c-echelon' }, { title: t('col_pin'), class: 'c-pin' }];

/** 19850101 201001 1 004: eighteen digits that a person can compare. */
export function nipText(nip) {
  return nip?.length === 18 ? `${nip.slice(0, 8)} ${nip.slice(8, 14)} ${nip.slice(14, 15)} ${nip.slice(15)}` : nip ?? '–';
}

function personRow(person) {
  const place = person.unit ? unitName(person.unit) : '';
  return row(columns(), [
    [h('a', { href: `#/person/${encodeURIComponent(person.uuid)}` }, foreign(person.name, 120)), h('span', { class: 'quiet block' }, foreign(person.jabatan ?? place, 80))],
    nipText(person.nip), word('kind', person.kind), word('echelon', person.echelon),
    person.pins.length === 0 ? h('span', { class: 'badge', 'data-tone': 'warn' }, t('no_pin')) : foreign(person.pins.map(({ pin }) => pin).join(', '), 60)]);
}

export async function show(place, [wanted]) {
  const list = await units();
  const first = wanted ?? (who().units?.length === 1 ? who().units[0] : '');
  const select = h('select', { onchange: () => {
    location.hash = select.value ? `#/people/${encodeURIComponent(select.value)}` : '#/people';
  }, id: 'unit-select' }, h('option', { value: '' }, t('all_units')),
  list.map((unit) => h('option', { value: unit.code, selected: unit.code === first }, unit.name)));
  const search = h('input', { type: 'search', id: 'people-search', placeholder: t('people_search_hint'), autocomplete: 'off', spellcheck: 'false', oninput: () => later() });
  const told = h('p', { class: 'quiet', role: 'status' });
  const result = h('div', {});
  let timer = 0;
  let turn = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(load, 250);
  };
  const question = (after) => {
    const query = new URLSearchParams({ limit: String(page) });
    if (first) query.set('unit', first);
    if (search.value.trim()) query.set('q', search.value.trim());
    if (after) query.set('after', after);
    return `/api/v1/people?${query}`;
  };
  const load = async () => {
    const mine = ++turn;
    try {
      const answer = await get(question());
      if (mine === turn) draw(answer);
    } catch (problem) {
      if (mine === turn) fill(result, complaint(problem), h('button', { type: 'button', class: 'button', onclick: load }, t('try_again')));
    }
  };
  const draw = (answer) => {
    if (answer.people.length === 0) {
      fill(told);
      return fill(result, search.value.trim() ? empty(t('nobody_found'), t('nobody_found_next')) : empty(t('no_people'), t('no_people_next')));
    }
    const body = h('tbody', { role: 'rowgroup' }, answer.people.map(personRow));
    let { next } = answer;
    let shown = answer.people.length;
    const more = h('button', { type: 'button', class: 'button', hidden: shown < page, onclick: async () => {
      more.disabled = true;
      const following = await get(question(next)).catch((problem) => {
        fill(told, problem.sentence);
        return null;
      });
      more.disabled = false;
      if (!following) return;
      body.append(...following.people.map(personRow));
      next = following.next;
      shown += following.people.length;
      more.hidden = following.people.length < page;
      count();
    } }, t('more'));
    const count = () => fill(told, tn(more.hidden ? 'people_n' : 'people_first', shown));
    fill(result, h('table', { role: 'table', class: 'people' }, h('caption', { class: 'unseen' }, t('tab_people')),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns().map((column) => h('th', { role: 'columnheader', scope: 'col', class: column.class }, column.title)))), body), more);
    count();
  };
  fill(place, h('div', { class: 'page-head' }, h('h1', { tabindex: '-1' }, first ? foreign(unitName(first), 120) : t('tab_people')), told),
    h('div', { class: 'filters' }, h('label', { class: 'unseen', for: 'unit-select' }, t('unit')), select,
      h('label', { class: 'unseen', for: 'people-search' }, t('people_search_hint')), search), result);
  await load();
  return { title: first ? unitName(first) : t('tab_people'), close: () => clearTimeout(timer) };
}

