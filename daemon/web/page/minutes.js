// Today's punches of a terminal by minute, asked for when its row comes into sight and again when it has changed;
// a few at a time, however many rows there are.
import { get, path } from './api.js';
import { today } from './time.js';

const known = new Map(); // serial → { list, sum, day, punches, at, waiting }
const queue = [];
const most = 4;
const pause = 15_000; // a busy terminal is asked for again no more often
let running = 0;

export function minutesOf(terminal, then) {
  const entry = known.get(terminal.serial) ?? { list: null, sum: 0, day: '', punches: -1, at: 0, waiting: false };
  known.set(terminal.serial, entry);
  const punches = terminal.counts?.punches ?? 0;
  const changed = entry.day !== today() || entry.punches !== punches;
  // What nobody approved has none, and the daemon need not be asked.
  if (terminal.state === 'seen') return { list: [], sum: 0 };
  if (changed && !entry.waiting && Date.now() - entry.at > pause) {
    entry.waiting = true;
    queue.push({ serial: terminal.serial, entry, punches, then });
    next();
  }
  return entry.day === today() ? entry : { list: null, sum: 0 };
}

async function next() {
  if (running >= most || queue.length === 0) return;
  running += 1;
  // The last that was asked for is the one in sight.
  const { serial, entry, punches, then } = queue.pop();
  entry.at = Date.now();
  try {
    const answer = await get(path('terminals', serial, 'minutes'));
    entry.list = answer.minutes;
    entry.sum = answer.minutes.reduce((all, [, count]) => all + count, 0);
    entry.day = answer.date;
    entry.punches = punches;
    then();
  } catch {
    // The next change, or the next look, asks again.
  }
  entry.waiting = false;
  running -= 1;
  next();
}

export function forgetMinutes() {
  known.clear();
  queue.length = 0;
}
