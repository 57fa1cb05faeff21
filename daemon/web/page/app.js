// The frame around the views: who is here, where we are, and whether the line is alive.
import { call, signedOut } from './api.js';
import { complaint } from './dialog.js';
import { fill, foreign, h, mark, say, svg } from './dom.js';
import { live, start, stop, subscribe } from './live.js';
import { clockSeconds, now, zoneLetters } from './time.js';
import { choose, current, other, t, word } from './words.js';
import { forget, who } from './who.js';
import * as home from './view_home.js';
import * as login from './view_login.js';
import * as month from './view_month.js';
import * as people from './view_people.js';
import * as person from './view_person.js';
import * as terminal from './view_terminal.js';
import * as unitMonth from './view_unit_month.js';
import * as upload from './view_upload.js';

// The first that fits the parts behind #/ is shown.
const routes = [
  { parts: [], view: home, tab: 'home' },
  { parts: ['terminal', ':'], view: terminal, tab: 'home' },
  { parts: ['terminals', ':'], view: terminal, tab: 'home' }, // as on cards that were printed before
  { parts: ['month'], view: month, tab: 'month' },
  { parts: ['month', ':'], view: month, tab: 'month' },
  { parts: ['month', ':', ':'], view: unitMonth, tab: 'month' },
  { parts: ['people'], view: people, tab: 'people' },
  { parts: ['people', ':'], view: people, tab: 'people' },
  { parts: ['person', ':'], view: person, tab: 'people' },
  { parts: ['person', ':', ':'], view: person, tab: 'people' },
  { parts: ['upload'], view: upload, tab: 'upload' },
  { parts: ['upload', ':'], view: upload, tab: 'upload' },
];

const tabs = [
  { key: 'home', href: '#/', icon: 'M4 6.5h16M4 12h16M4 17.5h10' },
  { key: 'month', href: '#/month', icon: 'M5 6h14v13H5zM5 10h14M9 4v4M15 4v4' },
  { key: 'people', href: '#/people', icon: 'M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.6-3.6 3.2-5.5 7-5.5s6.4 1.9 7 5.5' },
  { key: 'upload', href: '#/upload', icon: 'M12 16V5M7.5 9.5 12 5l4.5 4.500M5 15v4h14v-4' },
];

const main = h('main', { id: 'content', tabindex: '-1' });
const frame = { header: h('header', { class: 'top' }), bars: h('div', { class: 'strips' }), footer: h('footer', {}) };
let leave = null;
let turn = 0;
let trouble = '';

function icon(d) {
  return svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { d }));
}

function partsOfHash() {
  const text = location.hash.replace(/^#\/?/, '');
  return text === '' ? [] : text.split('/').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

function fits(route, parts) {
  return route.parts.length === parts.length && route.parts.every((part, i) => part === ':' || part === parts[i]);
}

async function go() {
  const mine = ++turn;
  leave?.();
  leave = null;
  const parts = partsOfHash();
  const route = routes.find((one) => fits(one, parts)) ?? routes[0];
  const place = h('div', { class: 'view' });
  fill(main, place);
  drawHeader(route.tab);
  place.append(h('p', { class: 'quiet waiting', role: 'status' }, t('loading')));
  try {
    const shown = await route.view.show(place, parts.filter((_, i) => route.parts[i] === ':'));
    if (mine !== turn) return shown?.close?.();
    leave = () => shown?.close?.();
    document.title = `${shown?.title ?? t('title')} · Presensi Gateway`;
  } catch (problem) {
    if (mine !== turn || problem.status === 401) return;
    if (!('sentence' in problem)) console.error(problem);
    fill(place, h('h1', { tabindex: '-1' }, t('could_not_show')), complaint(problem),
      h('p', {}, h('button', { type: 'button', class: 'button primary', onclick: go }, t('try_again')), ' ', h('a', { href: '#/' }, t('back_home'))));
  }
}

/** After a step to another place the reader of a screen, and the Tab key, begin at its heading. */
async function step() {
  await go();
  scrollTo(0, 0);
  main.querySelector('h1')?.focus({ preventScroll: true });
}

function themeName() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function switchTheme() {
  const wanted = themeName() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = wanted;
  try {
    localStorage.setItem('theme', wanted);
  } catch {
    // Not remembered then.
  }
  dispatchEvent(new Event('themechange'));
  drawHeader();
}

function switchLanguage() {
  choose(other());
  drawFrame();
  go();
}

async function logOut() {
  try {
    await call('DELETE', '/api/v1/session');
  } catch {
    // Whoever has no session is out already.
  }
  signedOut.dispatchEvent(new Event('out'));
}

let tab = 'home';

function drawHeader(newTab = tab) {
  tab = newTab;
  const me = who();
  const light = themeName() === 'light';
  const links = me ? h('nav', { class: 'tabs', 'aria-label': t('nav') }, tabs.map(({ key, href, icon: d }) =>
    h('a', { href, 'aria-current': key === tab ? 'page' : null }, icon(d), h('span', {}, t(`tab_${key}`))))) : null;
  const held = document.activeElement?.dataset?.keep;
  fill(frame.header,
    h('a', { class: 'brand', href: '#/' }, h('img', { src: '/assets/icon.svg', alt: '', width: 28, height: 28 }), h('span', {}, 'Presensi Gateway')),
    links,
    h('div', { class: 'tools' },
      me ? h('span', { class: 'line', id: 'line' }, h('span', { class: 'lamp', 'aria-hidden': 'true' }), h('span', { class: 'line-text' })) : null,
      h('button', { type: 'button', class: 'tool', lang: other(), 'data-keep': 'language', onclick: switchLanguage, title: t('other_language') },
        h('span', { 'aria-hidden': 'true' }, other().toUpperCase()), h('span', { class: 'unseen' }, t('other_language'))),
      h('button', { type: 'button', class: 'tool', 'data-keep': 'theme', onclick: switchTheme, title: t(light ? 'to_dark' : 'to_light') },
        icon(light ? 'M19 14.500A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.500z' : 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.400M18.4 5.6 17 7M7 17l-1.4 1.4'),
        h('span', { class: 'unseen' }, t(light ? 'to_dark' : 'to_light'))),
      me ? account(me) : null));
  if (held) frame.header.querySelector(`[data-keep="${held}"]`)?.focus();
  drawLine();
}

function account(me) {
  if (me.kind === 'anonymous') return null;
  return h('details', { class: 'account' },
    h('summary', { class: 'tool', title: me.name },
      icon('M12 11.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 20c.6-3.6 3.2-5.5 7-5.500s6.4 1.9 7 5.5'),
      h('span', { class: 'account-name' }, foreign(me.name, 24))),
    h('div', { class: 'menu' },
      h('p', {}, h('strong', {}, foreign(me.name, 64)), h('br'), h('span', { class: 'quiet' }, word('role', me.role))),
      me.units?.length ? h('p', { class: 'quiet' }, me.units.slice(0, 12).join(', ')) : null,
      h('button', { type: 'button', class: 'button', onclick: logOut }, t('log_out'))));
}

// The clock of the server, and whether we still hear it.
function drawLine() {
  const line = document.querySelector('#line');
  if (!line) return;
  mark(line, 'data-alive', live.connected ? 'yes' : 'no');
  const text = `${clockSeconds(now()).slice(0, 5)} ${zoneLetters()}`;
  say(line.querySelector('.line-text'), live.connected || !live.lostAt ? text : t('line_lost_short'));
}

function strips() {
  const list = [];
  if (live.store.trial || live.store.backend === 'sqlite') {
    list.push(h('p', { class: 'strip trial' }, h('strong', {}, 'MODE UJI COBA'), ` ${t('trial')}`));
  }
  if (!live.ready || live.store.state === 'unavailable') {
    list.push(h('p', { class: 'strip bad', role: 'alert' }, t('not_ready')));
  }
  // A page that is being left, or a moment of reconnecting, is no news.
  if (!live.connected && live.lostAt && Date.now() - live.lostAt > 4000) {
    list.push(h('p', { class: 'strip warn', role: 'status' }, t('line_lost', { at: clockSeconds(now() - (Date.now() - live.lostAt)) })));
  }
  return list;
}

function drawStrips() {
  const key = [current(), live.store.backend, live.store.trial, live.store.state, live.ready,
    !live.connected && live.lostAt && Date.now() - live.lostAt > 4000 ? live.lostAt : 0].join();
  if (key === trouble) return;
  trouble = key;
  fill(frame.bars, strips());
}

function drawFrame() {
  document.documentElement.lang = current();
  trouble = '';
  const held = document.activeElement?.dataset?.keep; // of the header, which is taken out and put back
  const skip = h('a', { class: 'skip', href: '#content', onclick: (event) => {
    event.preventDefault(); // the hash is the place we are at
    main.focus();
    main.scrollIntoView();
  } }, t('skip'));
  fill(document.body, skip, frame.header, frame.bars, main, frame.footer, h('div', { id: 'said', role: 'status', 'aria-live': 'polite' }));
  fill(frame.footer, h('span', { class: 'quiet' }, `presensid ${live.version}`));
  drawHeader();
  if (held) frame.header.querySelector(`[data-keep="${held}"]`)?.focus();
  if (who()) drawStrips();
  else fill(frame.bars);
}

async function enter() {
  await start();
  drawFrame();
  await go();
}

async function showLogin() {
  ++turn;
  leave?.();
  leave = null;
  stop();
  forget();
  document.querySelectorAll('dialog').forEach((dialog) => dialog.remove());
  drawFrame();
  document.title = `${t('log_in')} · Presensi Gateway`;
  login.show(main, begin);
}

async function begin() {
  try {
    await who(true);
    await enter();
  } catch (problem) {
    if (problem.status === 401) return showLogin();
    drawFrame();
    fill(main, h('div', { class: 'view' }, h('h1', {}, t('could_not_show')), complaint(problem),
      h('button', { type: 'button', class: 'button primary', onclick: begin }, t('try_again'))));
  }
}

choose(current());
addEventListener('hashchange', () => who() && step());
signedOut.addEventListener('out', showLogin);
subscribe(() => {
  drawLine();
  drawStrips();
});
setInterval(() => {
  if (!who()) return;
  drawLine();
  drawStrips();
}, 1000);
document.addEventListener('click', (event) => {
  const open = document.querySelector('details.account[open]');
  if (open && !open.contains(event.target)) open.open = false;
});
addEventListener('keydown', (event) => {
  const open = document.querySelector('details.account[open]');
  if (event.key === 'Escape' && open) {
    open.open = false;
    open.querySelector('summary').focus();
  }
});
begin();
