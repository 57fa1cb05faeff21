// What the daemon tells as it happens: one store for all views, fed by server-sent events.
import { get, signedOut } from './api.js';
import { learn } from './time.js';

export const live = {
  terminals: new Map(),
  alarms: [],
  counts: {},
  store: {},
  ready: true,
  perMinute: [],
  version: '',
  connected: false,
  lostAt: 0, // when the line went dead, in the browser's milliseconds; 0: it is alive
  heardAt: 0,
};

const listeners = new Set();
let source = null;
let retry = 0;
let watch = 0;

// An event comes at least every minute; a line that says nothing for so long is dead, whatever the browser thinks.
const silence = 150_000;

/** Calls back with { terminals: serials that changed or null for all, alarms, minutes: whether they changed }. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(change) {
  for (const listener of [...listeners]) listener(change);
}

const nothing = { terminals: new Set(), alarms: false, minutes: false };

function take(state) {
  learn(state.at ?? state.now, state.zone);
  const whole = Boolean(state.whole);
  if (whole) live.terminals.clear();
  const changed = new Set();
  for (const terminal of state.terminals ?? []) {
    live.terminals.set(terminal.serial, terminal);
    changed.add(terminal.serial);
  }
  if (state.counts) live.counts = state.counts;
  if (state.store) live.store = state.store;
  if (state.version) live.version = state.version;
  if (typeof state.ready === 'boolean') live.ready = state.ready;
  if (state.alarms) live.alarms = state.alarms;
  const minutes = Boolean(state.per_minute) || typeof state.last_minute === 'number';
  if (state.per_minute) live.perMinute = state.per_minute;
  if (typeof state.last_minute === 'number' && live.perMinute.length > 0) {
    live.perMinute = [...live.perMinute.slice(0, -1), state.last_minute];
  }
  tell({ terminals: whole ? null : changed, alarms: Boolean(state.alarms) || whole, minutes });
}

/** A terminal that an answer of the API has just shown. */
export function learnTerminal(terminal) {
  live.terminals.set(terminal.serial, { ...live.terminals.get(terminal.serial), ...terminal });
  tell({ ...nothing, terminals: new Set([terminal.serial]) });
}

function lost() {
  if (!live.connected && live.lostAt) return;
  live.connected = false;
  live.lostAt = Date.now();
  tell(nothing);
}

function alive() {
  live.heardAt = Date.now();
  if (live.connected) return;
  live.connected = true;
  live.lostAt = 0;
  retry = 0;
  tell(nothing);
}

function open() {
  source?.close();
  source = new EventSource('/api/v1/live');
  live.heardAt = Date.now();
  source.addEventListener('open', alive);
  source.addEventListener('state', (event) => {
    alive();
    take(JSON.parse(event.data));
  });
  source.addEventListener('error', () => {
    lost();
    // CONNECTING: the browser tries again by itself. CLOSED: it was refused, and never will.
    if (source?.readyState === EventSource.CLOSED) askAgain();
  });
}

function askAgain() {
  source = null;
  const wait = Math.min(30_000, 1000 * 2 ** retry++);
  setTimeout(async () => {
    if (source !== null || watch === 0 || document.hidden) return;
    try {
      await get('/api/v1/me');
      open();
    } catch (problem) {
      if (problem.status !== 401) askAgain();
    }
  }, wait);
}

/** What can be known before the first event. */
export async function start() {
  const [status, listed] = await Promise.all([get('/api/v1/status'), get('/api/v1/terminals')]);
  take({ ...status, whole: true, terminals: listed.terminals });
  retry = 0;
  watch = setInterval(() => {
    if (source !== null && Date.now() - live.heardAt > silence) {
      lost();
      open();
    }
  }, 5000);
  open();
}

export function stop() {
  clearInterval(watch);
  watch = 0;
  source?.close();
  source = null;
  live.terminals.clear();
  live.alarms = [];
}

// A browser has six lines to one server, for all its windows: one that nobody sees gives its line back.
document.addEventListener('visibilitychange', () => {
  if (watch === 0) return;
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (source === null) {
    open();
  }
});

signedOut.addEventListener('out', stop);
