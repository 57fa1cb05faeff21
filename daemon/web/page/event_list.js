// The latest events: how many were there by what is stored, which terminals still have to deliver, and the sheet to print.
import { get, path, signedOut } from './api.js';
import { fill, foreign, h, mark, say } from './dom.js';
import { addDays, clock, now, shortDay, today } from './time.js';
import { current, number, t, tn, word } from './words.js';

const daysBack = 14;
const most = 4;
const named = 3;
const pause = 60_000; // nothing is asked for sooner
const rest = 300_000; // nor a roll that hardly changes any more

// What was shown last: a view begins with it. Another viewer has other numbers.
let held = nothing();
signedOut.addEventListener('out', () => { held = nothing(); });

function nothing() {
  return { events: [], rolls: new Map() };
}

/** Those that have begun, the newest first. */
function latest(events) {
  const moment = (event) => `${event.day} ${event.opens}`;
  const begun = `${today()} ${clock(now())}`;
  return events.filter((event) => moment(event) <= begun).sort((a, b) => moment(b).localeCompare(moment(a))).slice(0, most);
}

function numbersOf(roll) {
  const sum = (key) => roll.units.reduce((all, unit) => all + unit.all[key], 0);
  const still = roll.terminals.filter((terminal) => !terminal.delivered);
  return { at: Date.now(), over: roll.over, complete: roll.complete, expected: sum('expected'), present: sum('present'), late: sum('late'),
    waiting: roll.terminals_waiting, names: still.slice(0, named).map((terminal) => terminal.name || terminal.serial) };
}

// The names are those of terminals that the viewer may see, which can be fewer.
function whatIsOpen(roll) {
  if (!roll.over) return t('roll_running');
  if (roll.waiting === 0) return null;
  return [tn('roll_waits', roll.waiting), roll.names.map((name, i) => [i === 0 ? ': ' : ', ', foreign(name, 40)]),
    roll.names.length > 0 && roll.waiting > roll.names.length ? ', …' : null];
}

function eventLine(event) {
  const what = word('held', event.kind);
  const badge = h('span', { class: 'badge', hidden: true });
  const count = h('span', { class: 'num' });
  const open = h('span', { class: 'quiet' });
  const element = h('li', { 'data-event': event.id },
    h('div', { class: 'event-what' }, h('strong', {}, what), ' ',
      h('span', { class: 'quiet' }, `${shortDay(event.day)}, ${event.opens}–${event.closes}`, event.place ? [' · ', foreign(event.place, 60)] : null)),
    h('div', { class: 'event-roll' }, badge, count, open),
    h('a', { class: 'button small', href: `/events/${encodeURIComponent(event.id)}/sheet?lang=${current()}`, target: '_blank', rel: 'noopener' },
      t('roll_sheet'), h('span', { class: 'unseen' }, ` ${what}, ${shortDay(event.day)}`)));
  let drawn = '';
  return { element, update(roll) {
    const key = JSON.stringify(roll);
    if (roll === undefined || key === drawn) return;
    drawn = key;
    badge.hidden = false;
    say(badge, t(roll.complete ? 'roll_complete' : 'roll_preliminary'));
    mark(badge, 'data-tone', roll.complete ? 'good' : 'warn');
    say(count, roll.expected === 0 ? t('roll_nobody') : [t('roll_present', { n: number(roll.present), all: number(roll.expected) }),
      roll.late > 0 ? t('roll_late', { n: number(roll.late) }) : null].filter(Boolean).join(', '));
    fill(open, whatIsOpen(roll));
  } };
}

/** The section, hidden while there is no event; ask() learns what is new, if it is time. */
export function eventSection() {
  const mine = held;
  const list = h('ul', { class: 'events' });
  const element = h('section', { class: 'event-section', 'aria-labelledby': 'events-title', hidden: true }, h('h2', { id: 'events-title' }, t('events_title')), list);
  const lines = new Map();
  const opened = Date.now();
  let asked = -Infinity;
  let busy = false;
  let closed = false;

  const draw = () => {
    const events = latest(mine.events);
    element.hidden = events.length === 0;
    if ([...lines.keys()].join() !== events.map(({ id }) => id).join()) {
      lines.clear();
      for (const event of events) lines.set(event.id, eventLine(event));
      fill(list, [...lines.values()].map((line) => line.element));
    }
    for (const [id, line] of lines) line.update(mine.rolls.get(id));
    for (const id of mine.rolls.keys()) if (!lines.has(id)) mine.rolls.delete(id);
  };
  const rests = (event) => {
    const roll = mine.rolls.get(event.id);
    return roll && roll.at >= opened && (roll.complete || event.day < today()) && Date.now() - roll.at < rest;
  };
  const ask = async () => {
    if (closed || busy || document.hidden || Date.now() - asked < pause) return;
    asked = Date.now();
    busy = true;
    try {
      mine.events = (await get(`/api/v1/events?from=${addDays(today(), -daysBack)}&to=${today()}`)).events;
      if (!closed) draw();
      // One after the other: each is many readings of the store.
      for (const event of latest(mine.events)) {
        if (closed || rests(event)) continue;
        mine.rolls.set(event.id, numbersOf(await get(path('events', event.id, 'roll'))));
        if (!closed) draw();
      }
    } catch (problem) {
      // What is shown stays, and the next turn asks again.
      if (!('sentence' in problem)) console.error(problem);
    } finally {
      busy = false;
    }
  };
  draw();
  return { element, ask, close() { closed = true; } };
}
