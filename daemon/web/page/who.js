// Who looks at this page, and what they may do. The daemon decides; this only spares buttons that it would refuse.
import { get } from './api.js';

let me = null;

/** The viewer as known, or with true a promise of asking anew. */
export function who(ask = false) {
  return ask ? learn() : me;
}

async function learn() {
  const told = await get('/api/v1/me');
  me = { ...told, name: told.name.replace(/^account:/, '') };
  return me;
}

export function forget() {
  me = null;
}

/** oversee: super-admin; manage: people and months; bring: files and pulls (docs/access.md). */
export function may(right) {
  const role = me?.role;
  if (right === 'oversee') return role === 'super-admin';
  if (right === 'manage') return role === 'super-admin' || role === 'admin';
  if (right === 'bring') return role === 'super-admin' || role === 'admin' || role === 'assistant';
  return role !== undefined;
}
