// Bringing files: drop them, see what would become of each, and only then store it.
import { get, path, send } from './api.js';
import { complaint, field, toast } from './dialog.js';
import { clip, empty, fill, foreign, h, table } from './dom.js';
import { live } from './live.js';
import { byName, nameOf, nameOfSerial } from './terminal_state.js';
import { deviceTime, when } from './time.js';
import { link } from './view_home.js';
import { section } from './view_terminal.js';
import { may } from './who.js';
import { number, t, tn, word } from './words.js';

const shownRejects = 8;

function sizeText(bytes) {
  return bytes < 1024 ? `${number(bytes)} B` : bytes < 1024 * 1024 ? `${number(Math.round(bytes / 1024))} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function approved() {
  return [...live.terminals.values()].filter((terminal) => terminal.state === 'approved')
    .sort(byName);
}

function counts(report) {
  const rows = [['new', report.new, 'good'], ['known', report.known, null], ['rejected', report.rejected, report.rejected > 0 ? 'bad' : null], ['lines', report.lines, null]];
  return h('dl', { class: 'counts' }, rows.map(([key, n, tone]) => h('div', { 'data-tone': tone }, h('dt', {}, t(`count_${key}`)), h('dd', {}, number(n)))));
}

function details(report) {
  const parts = [];
  if (report.first) parts.push(h('p', {}, t('from_to', { first: deviceTime(report.first), last: deviceTime(report.last) }), ' · ', word('file_kind', report.kind)));
  if (report.without_person?.pins > 0) {
    parts.push(h('p', { class: 'note' }, tn('pins_without_person', report.without_person.pins), ' ', h('code', {}, foreign(report.without_person.list.join(', '), 160))));
  }
  for (const remark of report.remarks ?? []) parts.push(h('p', { class: 'quiet' }, h('bdi', { lang: 'en' }, clip(remark, 400))));
  if (report.waits_for) parts.push(h('p', { class: 'note' }, t('waits_for'), ' ', h('bdi', { lang: 'en' }, clip(report.waits_for, 300))));
  if (report.rejects?.length > 0) {
    const columns = [{ title: t('col_line'), class: 'num' }, { title: t('col_why') }, { title: t('col_text') }];
    parts.push(h('details', { open: report.rejects.length <= shownRejects }, h('summary', {}, tn('rejects_n', report.rejected)),
      table(t('rejects'), columns, report.rejects.slice(0, 100).map((one) => [number(one.line), word('reject', one.reason), h('code', {}, foreign(one.text, 120))]), { class: 'lines' })));
  }
  return parts;
}

/** One file on its way: looked at, confirmed, stored. */
function fileCard(file, serial, stored) {
  const bar = h('progress', { max: 1, value: 0, 'aria-label': t('progress') });
  const state = h('p', { role: 'status', class: 'quiet' });
  const body = h('div', {});
  const element = h('li', { class: 'card file' }, h('div', { class: 'section-head' }, h('h3', {}, foreign(file.name, 120)),
    h('span', { class: 'quiet' }, `${sizeText(file.size)} → `, foreign(nameOfSerial(serial), 60))), bar, state, body);
  const where = (query) => `${path('terminals', serial, 'uploads')}${query}`;
  const go = async (query, sentence) => {
    bar.hidden = false;
    bar.value = 0;
    fill(state, t(sentence));
    fill(body);
    try {
      return await send(where(query), file, (part) => {
        bar.value = part;
        if (part === 1) fill(state, t('being_read'));
      });
    } finally {
      bar.hidden = true;
      fill(state);
    }
  };
  const put = () => element.remove();
  const failed = (problem, query) => {
    if (!('sentence' in problem)) console.error(problem);
    // The file itself is doubted, not the way: a person who knows better may say so.
    const doubted = problem.status === 422 && !query.includes('confirm');
    fill(body, complaint(problem), h('div', { class: 'buttons start' },
      doubted ? h('button', { type: 'button', class: 'button', onclick: () => look('&confirm=1') }, t('it_is_of_this')) : null,
      problem.status === 0 || problem.status >= 500 ? h('button', { type: 'button', class: 'button primary', onclick: () => look(query) }, t('try_again')) : null,
      h('button', { type: 'button', class: 'button', onclick: put }, t('put_away'))));
  };
  const look = async (confirm = '') => {
    try {
      const { body: report } = await go(`?dry_run=1${confirm}`, 'being_sent');
      const nothing = report.new === 0 && report.rejected === 0;
      fill(body, h('p', {}, h('strong', {}, t(nothing ? 'nothing_new' : 'would_be'))), counts(report), details(report), h('div', { class: 'buttons start' },
        h('button', { type: 'button', class: 'button primary', onclick: () => store(confirm) }, t('store_it', { n: number(report.new) })),
        h('button', { type: 'button', class: 'button', onclick: put }, t('cancel'))));
    } catch (problem) {
      failed(problem, confirm);
    }
  };
  const store = async (confirm) => {
    try {
      const { status, body: report } = await go(confirm ? '?confirm=1' : '', 'being_stored');
      fill(body, h('p', { class: 'good-line' }, status === 202 ? t('stored_waiting') : tn('stored', report.new)), counts(report), details(report),
        h('div', { class: 'buttons start' }, h('a', { class: 'button', href: link(serial) }, t('look_at', { name: clip(nameOfSerial(serial), 40) })),
          h('button', { type: 'button', class: 'button', onclick: put }, t('put_away'))));
      toast(status === 202 ? t('stored_waiting') : tn('stored', report.new));
      stored();
    } catch (problem) {
      failed(problem, confirm);
    }
  };
  return { element, look };
}

async function recent(serial) {
  const { uploads } = await get(`/api/v1/uploads?limit=30${serial ? `&terminal=${encodeURIComponent(serial)}` : ''}`);
  if (uploads.length === 0) return empty(t('no_uploads'));
  const columns = [{ title: t('col_when') }, { title: t('col_terminal') }, { title: t('col_state') }, { title: t('count_new'), class: 'num' }, { title: t('count_known'), class: 'num' },
    { title: t('count_rejected'), class: 'num' }, { title: t('col_who') }];
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('recent_uploads') }, table(t('recent_uploads'), columns, uploads.map((one) =>
    [when(one.uploaded_at), h('a', { href: link(one.terminal) }, foreign(nameOfSerial(one.terminal), 60)),
      h('span', { class: 'badge', 'data-tone': one.state === 'taken' ? 'good' : one.state === 'waiting' ? 'warn' : 'quiet' }, word('upload', one.state)),
      number(one.new), number(one.known), number(one.rejected), foreign(one.uploaded_by.replace(/^account:/, ''), 40)]), { class: 'lines' }));
}

export async function show(place, [wanted]) {
  const list = approved();
  const select = h('select', { required: true, onchange: () => again.draw() }, h('option', { value: '' }, t('choose_terminal')), list.map((terminal) =>
    h('option', { value: terminal.serial, selected: terminal.serial === wanted }, [clip(nameOf(terminal), 80), terminal.name ? clip(terminal.serial, 30) : ''].filter(Boolean).join(' · '))));
  const input = h('input', { type: 'file', multiple: true, class: 'unseen', id: 'file-input', onchange: () => {
    take([...input.files]);
    input.value = '';
  } });
  const trouble = h('p', { class: 'complaint', role: 'alert', hidden: true });
  const zone = h('div', { class: 'drop' },
    h('p', {}, h('strong', {}, t('drop_here'))),
    h('p', {}, t('or'), ' ', h('label', { class: 'button primary', for: 'file-input' }, t('choose_files')), input),
    h('p', { class: 'quiet' }, t('drop_kinds')));
  const files = h('ul', { class: 'files' });
  const again = section(t('recent_uploads'), () => recent(select.value), { class: 'card wide' });

  const take = async (chosen) => {
    trouble.hidden = chosen.length === 0 || select.value !== '';
    if (chosen.length === 0) return;
    if (select.value === '') {
      fill(trouble, t('choose_terminal_first'));
      select.focus();
      return;
    }
    const cards = chosen.map((file) => fileCard(file, select.value, again.draw));
    files.prepend(...cards.map((card) => card.element));
    for (const card of cards) await card.look();
  };
  const over = (event) => {
    event.preventDefault();
    zone.toggleAttribute('data-over', true);
  };
  // Anywhere on the page: a file beside the box would otherwise make the browser leave it.
  const leave = (event) => {
    if (event.relatedTarget === null) zone.toggleAttribute('data-over', false);
  };
  const drop = (event) => {
    event.preventDefault();
    zone.toggleAttribute('data-over', false);
    take([...event.dataTransfer.files]);
  };
  addEventListener('dragover', over);
  addEventListener('dragleave', leave);
  addEventListener('drop', drop);

  fill(place, h('div', { class: 'page-head' }, h('h1', { tabindex: '-1' }, t('upload_title'))),
    !may('bring') ? h('p', { class: 'note' }, t('may_not_bring'))
      : list.length === 0 ? empty(t('no_approved'), t('no_approved_next'))
        : [h('section', { class: 'card wide' }, field(t('terminal_of_file'), select, t('terminal_of_file_hint')), zone, trouble), files],
    again.element);
  return { title: t('upload_title'), close() {
    removeEventListener('dragover', over);
    removeEventListener('dragleave', leave);
    removeEventListener('drop', drop);
  } };
}
