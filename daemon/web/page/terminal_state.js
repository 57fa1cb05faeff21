// How a terminal is, in one word, and which of them a person should look at first.
import { live } from './live.js';
import { now } from './time.js';

// A terminal that pushes polls every half minute or so. One that was not heard for so long does not.
const quietAfter = 15 * 60_000;
// What is only pulled or brought as files is on the weekly duty (Perbup 32/2020 ps. 3(d)).
const dutyAfter = 8 * 24 * 3600_000;

const order = { alarm: 0, silent: 1, seen: 2, notice: 3, never: 4, heard: 5, away: 6, suspended: 7, retired: 8 };
const tones = {
  alarm: 'bad', silent: 'bad', seen: 'warn', notice: 'warn', never: 'quiet', heard: 'good', away: 'quiet', suspended: 'quiet', retired: 'quiet',
};

export function alarmsOf(serial) {
  return live.alarms.filter((alarm) => alarm.terminal === serial);
}

/** Not in contact for longer than such a terminal may be. */
function isQuiet(terminal) {
  const pushes = 'last_push' in terminal ? terminal.last_push !== null : Boolean(terminal.push_version);
  const limit = pushes ? quietAfter : dutyAfter;
  return now() - Date.parse(terminal.last_seen) > limit;
}

export function isHeard(terminal) {
  return Boolean(terminal.last_seen) && !isQuiet(terminal);
}

/** { kind, tone, since }; kind is the key of the word, since an instant or null. */
export function stateOf(terminal) {
  const of = (kind, since = null) => ({ kind, tone: tones[kind], order: order[kind], since });
  if (terminal.state !== 'approved') return of(terminal.state);
  const alarms = alarmsOf(terminal.serial);
  // Silence goes first: whatever else is wrong with it, nothing comes in.
  const quiet = Boolean(terminal.last_seen) && isQuiet(terminal);
  if (alarms.some((alarm) => alarm.id === 'terminal_silent') || (quiet && !terminal.portable)) return of('silent', terminal.last_seen);
  const urgent = alarms.find((alarm) => alarm.urgent);
  if (urgent) return of('alarm', urgent.since);
  if (quiet) return of('away');
  if (alarms.length > 0) return of('notice', alarms[0].since);
  return terminal.last_seen ? of('heard') : of('never');
}

export function nameOf(terminal) {
  return terminal?.name || terminal?.serial || '';
}

export function nameOfSerial(serial) {
  return nameOf(live.terminals.get(serial)) || serial;
}

const collator = new Intl.Collator('id', { numeric: true, sensitivity: 'base' });
const roman = { I: 1, II: 2, III: 3, IV: 4, V: 5, VI: 6, VII: 7, VIII: 8, IX: 9, X: 10, XI: 11, XII: 12 };

function nameParts(terminal) {
  const name = nameOf(terminal).slice(0, 200);
  const blank = name.lastIndexOf(' ');
  const last = name.slice(blank + 1);
  return last in roman ? { before: name.slice(0, blank), numeral: roman[last] } : { before: name, numeral: 0 };
}

/** Apel IX comes after Apel VIII, not after Apel IV. */
export function byName(a, b) {
  const [one, two] = [nameParts(a), nameParts(b)];
  return collator.compare(one.before, two.before) || one.numeral - two.numeral || collator.compare(a.serial, b.serial);
}

/** Those to look at first; the longest silent of the silent; then by name. */
export function byUrgency(a, b) {
  return a.state.order - b.state.order
    || (a.state.kind === 'silent' ? String(a.state.since).localeCompare(String(b.state.since)) : 0)
    || byName(a.terminal, b.terminal);
}
