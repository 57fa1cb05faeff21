// Talking to the daemon. Every failure becomes a Problem, which knows the sentence for a person.
import { has, t } from './words.js';

// A form on another site cannot send this header without asking first.
const headers = { Accept: 'application/json', 'X-Requested-With': 'presensi' };

export class Problem extends Error {
  constructor(status, body, retryAfter = 0) {
    super(body?.detail || body?.title || `HTTP ${status}`);
    this.status = status;
    this.body = body ?? {};
    this.retryAfter = retryAfter;
  }

  /** What happened and what to do, in the language of the page. */
  get sentence() {
    const key = `problem_${this.status}`;
    return t(has(key) ? key : 'problem_other', { status: this.status, seconds: this.retryAfter });
  }

  /** What the daemon says beside it; always English. */
  get detail() {
    return this.body.detail || '';
  }
}

/** Told when the daemon no longer knows who we are. */
export const signedOut = new EventTarget();

async function problemOf(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // A proxy in between answers in HTML; the status says enough.
  }
  return new Problem(response.status, body, Number(response.headers.get('Retry-After')) || 0);
}

export async function call(method, path, body = undefined) {
  const options = { method, headers: { ...headers }, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem(0, null);
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && path !== '/api/v1/session') signedOut.dispatchEvent(new Event('out'));
    throw problem;
  }
  if (response.status === 204) return null;
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const patch = (path, body) => call('PATCH', path, body);

export function path(...parts) {
  return `/api/v1/${parts.map(encodeURIComponent).join('/')}`;
}

/** A file with its progress, which fetch cannot tell. */
export function send(where, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', where);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener('error', () => reject(new Problem(0, null)));
    request.addEventListener('load', () => {
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // As in problemOf.
      }
      if (request.status >= 200 && request.status < 300) resolve({ status: request.status, body });
      else reject(new Problem(request.status, body, Number(request.getResponseHeader('Retry-After')) || 0));
      if (request.status === 401) signedOut.dispatchEvent(new Event('out'));
    });
    request.send(file);
  });
}
