// The names of units; asked for once in a while.
import { get } from './api.js';
import { now } from './time.js';

let list = [];
let at = -Infinity;
const fresh = 60_000;

/** Every unit of today, by name. */
export async function units() {
  if (now() - at > fresh) {
    list = (await get('/api/v1/units')).units;
    list.sort((a, b) => a.name.localeCompare(b.name, 'id'));
    at = now();
  }
  return list;
}

export function unitName(code) {
  return list.find((unit) => unit.code === code)?.name ?? code ?? '';
}

/** Those that submit a month of their own. */
export function topUnits() {
  return list.filter((unit) => !unit.parent && !unit.valid_to);
}
