// The page in real Chromium, before a real daemon with simulated terminals.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, afterEach, before } from 'node:test';
import { closeAll, launch, logIn, open, widths } from './browser.mjs';
import { Daemon, Terminal, exchange, peopleOf, simulated, sleep, source, until } from './stage.mjs';

const units = ['dinsos', 'diskominfo', 'dlh'];
const yaml = (more = '') => `time_zone: Asia/Makassar
units_file: units.yaml
terminals:
  - { serial: TST7240100001, name: Apel IV, role: apel, portable: true }
  - { serial: TST7240100002, name: Kantor Dinas Sosial, unit: dinsos }
  - { serial: TST7240100003, name: Kantor Lingkungan Hidup, unit: dlh }
${more}`;
const unitsYaml = `units:
  - { code: dinsos, name: Dinas Sosial, kind: dinas, from: 2020-05-04, source: Perbup 32/2020 }
  - { code: diskominfo, name: Dinas Komunikasi dan Informatika, kind: dinas, from: 2020-05-04, source: Perbup 32/2020 }
  - { code: dlh, name: Dinas Lingkungan Hidup, kind: dinas, from: 2020-05-04, source: Perbup 32/2020 }
assignments:
  - { terminal: TST7240100001, units: all, for: apel, from: 2020-05-04, source: Perbup 32/2020 }
`;

// Before anybody is logged in the daemon says so; Chromium tells that on its console.
const asking = [/401 \(Unauthorized\).*\/api\/v1\/(me|session)/];

const inZone = (daysBack = 0) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Makassar' }).format(Date.now() - daysBack * 86_400_000);

/** The month that is over. */
function lastMonth() {
  const [year, month] = inZone().split('-').map(Number);
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`;
}

const yesterday = inZone(1);
let daemon;
let browser;
let people;
let events; // their ids

before(async () => {
  daemon = new Daemon(yaml());
  writeFileSync(join(daemon.folder, 'units.yaml'), unitsYaml);
  await daemon.start();
  await daemon.account('diskominfo', 'super-admin');
  await daemon.account('dinsos', 'admin', ['dinsos']);
  await daemon.account('baca', 'reader', ['dinsos']);
  people = peopleOf(units, 4);
  await daemon.api('POST', '/api/v1/people', people.csv);
  const office = new Terminal(daemon, 'TST7240100002');
  await office.hello();
  await office.push(people.people.slice(0, 4).flatMap(({ pin }, i) => [[pin, `${lastMonth()}-0${5 + i} 07:3${i}:00`], [pin, `${inZone()} 00:0${i}:10`]]));
  await office.poll();
  // Two in time and one late; nobody knows whether there are more, because the terminal was not heard again.
  const apel = new Terminal(daemon, 'TST7240100001');
  await apel.hello();
  await apel.push(['07:20:00', '07:41:00', '08:20:00'].map((time, i) => [people.people[i].pin, `${yesterday} ${time}`]));
  const held = async (event) => (await daemon.api('POST', '/api/v1/events', { source: 'Perbup 32/2020', ...event })).events[0].id;
  events = {
    yesterdays: await held({ kind: 'apel', day: yesterday, opens: '07:15', closes: '08:00', place: 'Halaman <b>Kantor</b> Bupati' }),
    todays: await held({ kind: 'upacara', day: inZone(), opens: '00:00', closes: '23:59' }),
  };
  await held({ kind: 'apel', day: inZone(-1), opens: '07:15', closes: '08:00' });
  const stranger = new Terminal(daemon, 'TST7240100077');
  await stranger.hello();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
});

afterEach(closeAll);

async function enter(options = {}, name = 'diskominfo') {
  const opened = await open(browser, daemon.address, { allow: asking, ...options });
  await logIn(opened.page, name, daemon.logins.get(name));
  return opened;
}

async function leave({ context, complaints }) {
  await context.close();
  assert.deepEqual(complaints, []);
}

/** A step to a place by its link or address, until it is shown. */
async function goTo(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await until(`${hash} is shown`, async () => await page.locator('.waiting').count() === 0 && await page.locator('main h1').count() === 1);
}

const violations = (page) => page.evaluate(() => ({
  wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  nameless: [...document.querySelectorAll('button, a[href], input, select, textarea')].filter((one) => {
    const label = one.id && document.querySelector(`label[for="${one.id}"]`);
    return !(one.getAttribute('aria-label') || one.textContent.trim() || label || one.title);
  }).map((one) => one.outerHTML.slice(0, 120)),
  doubled: [...document.querySelectorAll('[id]')].map((one) => one.id).filter((id, i, all) => all.indexOf(id) !== i),
  untranslated: [...document.querySelectorAll('main *')].filter((one) => one.children.length === 0 && !one.closest('.alarm-id') && /^(?:[a-z]+_)+[a-z]+$/.test(one.textContent)).map((one) => one.textContent),
  headings: document.querySelectorAll('h1').length,
}));

for (const language of ['id', 'en']) {
  for (const [width, size] of Object.entries(widths)) {
    test(`every view, ${language}, ${width}`, async () => {
      const opened = await enter({ language, size });
      const { page, asked } = opened;
      const uuid = (await daemon.api('GET', '/api/v1/people?unit=dinsos')).people[0].uuid;
      const month = lastMonth();
      const places = ['#/', '#/terminal/TST7240100002', '#/terminal/TST7240100077', '#/month', `#/month/${month}`, `#/month/${month}/dinsos`, '#/people', '#/people/dinsos',
        `#/person/${uuid}`, `#/person/${uuid}/${month}`, '#/upload', '#/upload/TST7240100002'];
      for (const place of places) {
        await goTo(page, place);
        await until(`${place} has what it asked for`, () => asked.size === 0);
        const found = await violations(page);
        assert.deepEqual(found, { wide: false, nameless: [], doubled: [], untranslated: [], headings: 1 }, place);
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        assert.equal(await page.locator('.complaint:visible').count(), 0, `${place}: ${await page.locator('main').innerText()}`);
      }
      await leave(opened);
    });
  }
}

test('a wrong password is said, and log-out leads back to the form', async () => {
  const opened = await open(browser, daemon.address, { allow: asking });
  const { page } = opened;
  await page.locator('input[name=name]').fill('diskominfo');
  await page.locator('input[name=password]').fill('bukan-sandi-ini');
  await page.keyboard.press('Enter');
  await page.getByText('tidak cocok').waitFor();
  // After a wrong one the daemon lets an account wait a little.
  const button = page.locator('form.login button');
  await until('the wait is over', async () => {
    if (await page.locator('.terminal-section').count() === 1) return true;
    if (await button.isEnabled({ timeout: 1000 }).catch(() => false)) {
      await page.locator('input[name=password]').fill(daemon.logins.get('diskominfo'), { timeout: 1000 }).catch(() => {});
      await button.click({ timeout: 1000 }).catch(() => {});
    }
    await sleep(500);
    return false;
  });
  await page.locator('.account summary').click();
  await page.getByRole('button', { name: 'Keluar' }).click();
  await page.locator('form.login').waitFor();
  assert.equal((await page.evaluate(async () => (await fetch('/api/v1/terminals', { headers: { 'X-Requested-With': 'presensi' } })).status)), 401);
  opened.complaints.splice(0, opened.complaints.length, ...opened.complaints.filter((one) => !one.includes('401') && !one.includes('429')));
  await leave(opened);
});

test('an unknown terminal is approved with name, unit and reason', async () => {
  const opened = await enter();
  const { page } = opened;
  await page.locator('tr', { hasText: 'TST7240100077' }).getByRole('button', { name: 'Setujui' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByLabel('Nama').fill('Kantor Baru');
  await dialog.getByLabel('Unit').selectOption('dlh');
  await dialog.getByRole('button', { name: 'Setujui' }).click();
  assert.equal(await dialog.count(), 1, 'without a reason it stays open');
  await dialog.getByLabel('Alasan').fill('Berita acara 12/2026\nbaris kedua');
  await dialog.getByRole('button', { name: 'Setujui' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('tr', { hasText: 'Kantor Baru' }).getByText('Terdengar').waitFor();
  const stored = await daemon.api('GET', '/api/v1/terminals/TST7240100077');
  assert.deepEqual([stored.state, stored.name, stored.unit], ['approved', 'Kantor Baru', 'dlh']);
  const { audit } = await daemon.api('GET', '/api/v1/audit?limit=10000');
  assert.ok(audit.some((row) => row.subject === 'TST7240100077' && JSON.stringify(row.detail).includes('Berita acara 12/2026 baris kedua')), JSON.stringify(audit.at(-1)));
  // Suspended, and approved again, from its own page.
  await page.getByRole('link', { name: 'Kantor Baru', exact: true }).first().click();
  await page.getByRole('button', { name: 'Tangguhkan' }).click();
  await dialog.getByLabel('Alasan').fill('dipindah');
  await dialog.getByRole('button', { name: 'Tangguhkan' }).click();
  await page.getByRole('button', { name: 'Setujui kembali' }).click();
  await dialog.getByRole('button', { name: 'Batal' }).click();
  assert.equal((await daemon.api('GET', '/api/v1/terminals/TST7240100077')).state, 'suspended');
  await leave(opened);
});

test('punches appear by themselves', async () => {
  const opened = await enter();
  const { page } = opened;
  const row = page.locator('tr', { hasText: 'Kantor Lingkungan Hidup' });
  await row.getByText('Belum terdengar').waitFor();
  const terminal = new Terminal(daemon, 'TST7240100003');
  await terminal.hello();
  await terminal.push([['1009', `${inZone()} 00:31:00`], ['1010', `${inZone()} 00:32:00`]]);
  await row.getByText('Terdengar', { exact: true }).waitFor();
  await until('its bars are drawn', async () => (await row.locator('.bars').getAttribute('d'))?.length > 0);
  await until('its punches are counted', async () => (await row.locator('.count').innerText()) === '2');
  await leave(opened);
});

async function drop(page, name, text) {
  const transfer = await page.evaluateHandle(([fileName, content]) => {
    const data = new DataTransfer();
    data.items.add(new File([content], fileName));
    return data;
  }, [name, text]);
  await page.dispatchEvent('.drop', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
}

test('a dropped file is looked at first, and stored when it is confirmed', async () => {
  const opened = await enter({ size: widths.phone });
  const { page } = opened;
  await goTo(page, '#/upload');
  await drop(page, '1_attlog.dat', 'x');
  await page.getByText('Pilih mesinnya lebih dahulu').waitFor();
  await page.locator('select').selectOption('TST7240100002');
  const before = (await daemon.api('GET', '/api/v1/status')).counts.punches;
  const lines = people.people.slice(0, 4).map(({ pin }) => `${pin.padStart(9)}\t${lastMonth()}-12 07:40:0${Number(pin) % 10}\t1\t0\t1\t0\n`).join('');
  await drop(page, '1_attlog.dat', `${lines}baris yang rusak\n`);
  const card = page.locator('.file');
  await card.getByText('Belum disimpan').waitFor();
  assert.match(await card.locator('.counts').innerText(), /Baru\s+4[\s\S]*Tidak terbaca\s+1/);
  assert.equal((await daemon.api('GET', '/api/v1/status')).counts.punches, before, 'nothing is stored before');
  await card.getByRole('button', { name: 'Konfirmasi' }).click();
  await card.getByText('Tersimpan: 4 absensi baru.').waitFor();
  assert.equal((await daemon.api('GET', '/api/v1/status')).counts.punches, before + 4);
  await page.locator('.card', { hasText: 'Berkas terakhir' }).getByText('diterima').waitFor();
  await leave(opened);
});

test('a file that nobody can read is refused with what to do', async () => {
  const opened = await enter({ allow: [...asking, /422/] });
  const { page } = opened;
  await goTo(page, '#/upload/TST7240100002');
  await drop(page, 'foto.jpg', '\u0000\u0001\u0002 bukan berkas mesin');
  await page.locator('.file .complaint').getByText('Perbaiki, lalu coba lagi').waitFor();
  await leave(opened);
});

test('a larger file shows how far it has come', async () => {
  const opened = await enter();
  const { page, context } = opened;
  await goTo(page, '#/upload/TST7240100002');
  await page.locator('.drop').waitFor();
  await page.evaluate(() => {
    window.progress = [];
    new MutationObserver((list) => { for (const { target } of list) window.progress.push(target.value); })
      .observe(document.querySelector('main'), { subtree: true, attributes: true, attributeFilter: ['value'] });
  });
  // Chromium itself sends slowly: three seconds at least, however fast this machine is.
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 128 * 1024 });
  const clock = (second) => new Date(second * 1000).toISOString().slice(11, 19);
  const lines = Array.from({ length: 10_000 }, (_, i) => `${people.people[i % 4].pin.padStart(9)}\t${lastMonth()}-14 ${clock(i)}\t1\t0\t1\t0\n`);
  await drop(page, '1_attlog.dat', lines.join(''));
  const card = page.locator('.file');
  await card.getByText('Belum disimpan').waitFor();
  const seen = await page.evaluate(() => window.progress);
  assert.ok(seen.filter((part) => part > 0 && part < 1).length > 1, `between: ${seen}`);
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'it only grows');
  assert.equal(await card.locator('progress').isVisible(), false);
  await card.getByRole('button', { name: 'Batal' }).click();
  await card.waitFor({ state: 'detached' });
  await leave(opened);
});

test('a month is submitted with a reason, returned, submitted again and frozen', async () => {
  const month = lastMonth();
  const admin = await enter({}, 'dinsos');
  await goTo(admin.page, `#/month/${month}`);
  await admin.page.getByRole('link', { name: 'Dinas Sosial' }).click();
  const dialog = (page) => page.locator('dialog');
  const move = async (page, button, reason) => {
    await page.getByRole('button', { name: button }).click();
    await dialog(page).getByLabel('Alasan').fill(reason);
    await dialog(page).getByRole('button', { name: button }).click();
    await dialog(page).waitFor({ state: 'detached' });
  };
  await move(admin.page, 'Ajukan', 'Sudah diperiksa <b>semua</b>');
  await admin.page.getByText('“Sudah diperiksa <b>semua</b>”').waitFor();
  assert.equal(await admin.page.getByRole('button', { name: 'Bekukan' }).count(), 0, 'an admin cannot freeze');

  const above = await enter();
  await goTo(above.page, `#/month/${month}/dinsos`);
  await move(above.page, 'Kembalikan', 'surat cuti belum ada');
  await above.page.locator('.state-line').getByText('Dikembalikan').waitFor();
  await goTo(admin.page, `#/month/${month}`);
  await goTo(admin.page, `#/month/${month}/dinsos`);
  await move(admin.page, 'Ajukan', 'surat cuti terlampir');
  await goTo(above.page, `#/month/${month}`);
  await goTo(above.page, `#/month/${month}/dinsos`);
  await move(above.page, 'Bekukan', 'sesuai');
  await above.page.locator('.state-line').getByText('Beku').waitFor();
  assert.equal((await daemon.api('GET', `/api/v1/periods/${month}/dinsos`)).state, 'frozen');
  await leave(admin);
  await leave(above);
});

test('a reader sees, and is offered nothing to change', async () => {
  const opened = await enter({}, 'baca');
  const { page } = opened;
  for (const place of ['#/', '#/terminal/TST7240100002', `#/month/${lastMonth()}/dinsos`]) {
    await goTo(page, place);
    assert.equal(await page.locator('main').getByRole('button', { name: /Setujui|Tangguhkan|Hentikan|Ajukan|Bekukan|Ubah nama/ }).count(), 0, place);
  }
  await goTo(page, '#/upload');
  await page.getByText('hanya dapat membaca').waitFor();
  await leave(opened);
});

test('the latest events with their rolls, and the sheet to print', async () => {
  const lineOf = (page, id) => page.locator(`.events li[data-event="${id}"]`);
  const opened = await enter({ size: widths.phone, allow: [...asking, /503/] });
  const { page, context } = opened;
  await page.getByRole('heading', { level: 2, name: 'Apel dan kegiatan' }).waitFor();
  const line = lineOf(page, events.yesterdays);
  await line.getByText('2 dari 12 hadir, 1 terlambat').waitFor();
  await line.getByText('1 mesin belum mengirim: Apel IV').waitFor();
  await line.getByText('Halaman <b>Kantor</b> Bupati').waitFor();
  assert.equal(await line.locator('.badge').innerText(), 'Sementara');
  await lineOf(page, events.todays).getByText('acara belum selesai').waitFor();
  // Not the one of tomorrow.
  assert.deepEqual(await page.locator('.events li').evaluateAll((list) => list.map((one) => one.dataset.event)), [events.todays, events.yesterdays]);

  const [sheet] = await Promise.all([context.waitForEvent('page'), line.getByRole('link', { name: 'Lembar Apel' }).click()]);
  await sheet.waitForLoadState();
  assert.equal(await sheet.title(), 'Lembar Apel: Apel');
  await sheet.getByText('SEMENTARA: 1 mesin belum mengirim').waitFor();
  assert.equal(await page.evaluate(async (url) => (await fetch(url)).status, sheet.url()), 200);
  await sheet.close();

  // A view begins with what was shown before, and keeps it while nothing can be learnt.
  const asked = [];
  await page.route(/\/api\/v1\/events/, (route) => {
    asked.push(route.request().url());
    return route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"away","status":503}' });
  });
  await goTo(page, '#/month');
  await page.locator('.events').waitFor({ state: 'detached' });
  await goTo(page, '#/');
  await until('it was asked for', () => asked.length > 0);
  await line.getByText('2 dari 12 hadir, 1 terlambat').waitFor();
  await page.unroute(/\/api\/v1\/events/);
  page.on('request', (request) => asked.push(request.url()));
  await page.getByRole('button', { name: 'English' }).click();
  await line.getByText('2 of 12 present, 1 late').waitFor();
  assert.equal(await line.getByRole('link', { name: 'Roll call sheet' }).getAttribute('href'), `/events/${events.yesterdays}/sheet?lang=en`);
  await until('the rolls are asked for', () => asked.filter((url) => url.endsWith('/roll')).length >= 2);
  assert.equal(asked.filter((url) => url.includes('people')).length, 0, 'never with the names');
  await leave(opened);

  const theirs = await enter({}, 'dinsos');
  await lineOf(theirs.page, events.yesterdays).getByText('2 dari 4 hadir, 1 terlambat').waitFor();
  await leave(theirs);
});

test('a place on a card that was printed before leads to its terminal', async () => {
  const opened = await enter();
  const { page } = opened;
  await goTo(page, '#/terminals/TST7240100002');
  await page.getByRole('heading', { level: 1, name: 'Kantor Dinas Sosial' }).waitFor();
  assert.equal(await page.locator('.tabs a[aria-current]').getAttribute('href'), '#/');
  await leave(opened);
});

test('an alarm says by its id which one it is', async () => {
  await exchange(daemon.terminalPort, 'POST', '/iclock/cdata?SN=TST7240100001&table=ATTLOG&Stamp=9999', 'bukan absensi\n');
  for (const size of Object.values(widths)) {
    const opened = await enter({ size });
    const { page } = opened;
    await page.locator('.alarm-section .alarm').first().waitFor();
    const ids = await page.locator('.alarm-section .alarm').evaluateAll((list) => list.map((one) => [...one.querySelectorAll('.alarm-id')].map((id) => id.textContent)));
    for (const id of ids) assert.match(id.join(), /^[a-z]+(_[a-z]+)+$/, 'once on each card');
    await goTo(page, '#/terminal/TST7240100001');
    await page.locator('.alarm .alarm-id', { hasText: 'new_rejects' }).waitFor();
    assert.equal((await violations(page)).wide, false);
    await leave(opened);
  }
});

test('hostile names are text', async () => {
  const hostile = {
    TST7240100201: '<img src=x onerror=alert(1)>',
    TST7240100202: '"\'><script>alert(2)</script>',
    TST7240100203: '\u202Egnp.exe \u05D0\u05D1\u05D2 \u0627\u0644\u062D\u0636\u0648\u0631',
    TST7240100204: 'W'.repeat(200),
    TST7240100205: '{{constructor}} ${alert(3)} %3Cscript%3E javascript:alert(4)',
  };
  for (const [serial, name] of Object.entries(hostile)) {
    await new Terminal(daemon, serial).hello();
    await daemon.api('PATCH', `/api/v1/terminals/${serial}`, { state: 'approved', name, unit: 'dlh', reason: name.slice(0, 150) });
  }
  // A line without end, and one that would be markup, as rejects; and a person of such a name.
  const lines = `<img src=x onerror=alert(5)>\n${'x'.repeat(10_000)}\n`;
  await until('rejects are stored', async () => {
    await new Terminal(daemon, 'TST7240100201').push([['1009', `${inZone()} 00:40:00`]]);
    const { request } = await import('node:http');
    await new Promise((resolve, reject) => {
      const out = request({ host: '127.0.0.1', port: daemon.terminalPort, method: 'POST', path: '/iclock/cdata?SN=TST7240100201&table=ATTLOG&Stamp=9999', agent: false }, (answer) => answer.resume().on('end', resolve));
      out.on('error', reject);
      out.end(lines);
    });
    return (await daemon.api('GET', '/api/v1/rejects?terminal=TST7240100201')).rejects.length === 2;
  });
  await daemon.api('POST', '/api/v1/people', 'nip,nama,unit,pin\n198501012010011999,"<img src=x onerror=alert(6)> ""Contoh""",dlh,2001\n');
  const uuid = (await daemon.api('GET', '/api/v1/people?q=198501012010011999')).people[0].uuid;
  for (const size of Object.values(widths)) {
    const opened = await enter({ size });
    const { page } = opened;
    await page.locator('input[type=search]').fill('TST7240100201');
    await page.locator('.terminals').getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.locator('input[type=search]').fill('');
    for (const place of [...Object.keys(hostile).map((serial) => `#/terminal/${serial}`), `#/person/${uuid}`, '#/people/dlh', '#/upload/TST7240100202', `#/month/${lastMonth()}/dlh`,
      '#/terminal/%3Cimg%20src=x%20onerror=alert(7)%3E', '#/people/<script>alert(8)</script>', '#/%E0%A4%A', '#/month/2026-99']) {
      await page.evaluate((to) => { location.hash = to; }, place);
      await until(`${place} is shown`, async () => await page.locator('.waiting').count() === 0);
      await until(`${place} has what it asked for`, () => opened.asked.size === 0);
      const found = await page.evaluate(() => ({ images: document.querySelectorAll('img:not([src^="/assets/"])').length, scripts: document.querySelectorAll('body script').length,
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth }));
      assert.deepEqual(found, { images: 0, scripts: 0, wide: false }, place);
    }
    // Places that do not exist are refused, and Chromium tells the status.
    opened.complaints.splice(0, opened.complaints.length, ...opened.complaints.filter((one) => !/40[04] \(/.test(one)));
    await leave(opened);
  }
});

test('by keyboard alone: skip, walk, filter, open, approve, switch', async () => {
  await new Terminal(daemon, 'TST7240100088').hello();
  const opened = await enter();
  const { page } = opened;
  const focus = () => page.evaluate(() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    return { text: one.textContent.trim().slice(0, 60), tag: one.tagName, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0, id: one.id };
  });
  const tabTo = async (wanted, most = 120) => {
    for (let i = 0; i < most; ++i) {
      await page.keyboard.press('Tab');
      const now = await focus();
      if (wanted(now)) {
        assert.ok(now.seen, `the focus on ${now.text} can be seen`);
        return now;
      }
    }
    return assert.fail(`not reached by Tab: ${wanted}`);
  };
  await page.reload();
  await page.locator('.terminal-section').waitFor();
  await page.keyboard.press('Tab');
  assert.equal((await focus()).text, 'Langsung ke isi');
  await page.keyboard.press('Enter');
  assert.equal((await focus()).id, 'content');
  await tabTo(({ tag }) => tag === 'INPUT');
  await page.keyboard.type('TST7240100088');
  await tabTo(({ text, tag }) => tag === 'BUTTON' && text === 'Setujui');
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal((await focus()).text, 'Setujui', 'the focus comes back');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Dengan papan ketik');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('tanpa tetikus');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await until('it is approved', async () => (await daemon.api('GET', '/api/v1/terminals/TST7240100088')).name === 'Dengan papan ketik');
  await page.reload();
  await page.locator('.terminal-section').waitFor();
  await tabTo(({ text }) => text === 'Bulan');
  await page.keyboard.press('Enter');
  await until('the board is shown', async () => (await focus()).tag === 'H1');
  await tabTo(({ text }) => text.endsWith('English'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /Board of/ }).waitFor();
  assert.ok((await focus()).text.includes('Bahasa Indonesia'), 'the focus stays on the switch');
  await leave(opened);
});

// WCAG 2: contrast of text on what is behind it.
const contrasts = (page) => page.evaluate(() => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = numbers(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    if (!text || element.closest('.unseen, .skip, svg, :disabled') || box.width === 0) continue;
    const style = getComputedStyle(element);
    const [one, two] = [light(numbers(style.color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return poor;
});

test('text can be read in light and dark', async () => {
  for (const theme of ['light', 'dark']) {
    const opened = await enter({ theme });
    const { page } = opened;
    for (const place of ['#/', '#/terminal/TST7240100002', `#/month/${lastMonth()}`, `#/month/${lastMonth()}/dlh`, '#/people/dinsos', '#/upload/TST7240100002']) {
      await goTo(page, place);
      assert.deepEqual(await contrasts(page), [], `${theme} ${place}`);
    }
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const first = await ground();
    await page.getByRole('button', { name: theme === 'light' ? 'Warna gelap' : 'Warna terang' }).click();
    assert.notEqual(await ground(), first);
    const switched = await ground();
    await page.reload();
    await page.locator('main h1').waitFor();
    assert.equal(await ground(), switched, 'the choice is remembered');
    await leave(opened);
  }
});

test('when the daemon goes away the page says so, and finds it again', async () => {
  const other = new Daemon(yaml());
  writeFileSync(join(other.folder, 'units.yaml'), unitsYaml);
  await other.start();
  try {
    const opened = await open(browser, other.address, { allow: [/ERR_|503|401/] });
    const { page } = opened;
    await page.locator('.terminal-section').waitFor();
    await page.getByText('MODE UJI COBA').waitFor();
    const port = other.adminPort;
    other.process.kill('SIGKILL');
    await other.ended;
    await page.getByText('Sambungan ke server terputus').waitFor();
    const text = readFileSync(other.config, 'utf8').replace('admin_listener: { address: 127.0.0.1, port: 0 }', `admin_listener: { address: 127.0.0.1, port: ${port} }`);
    writeFileSync(other.config, text);
    await other.start();
    await page.getByText('Sambungan ke server terputus').waitFor({ state: 'detached' });
    await leave(opened);
  } finally {
    await other.stop();
  }
});

test('a thousand terminals: few rows exist, and an event touches few of them', async () => {
  const many = new Daemon(yaml());
  writeFileSync(join(many.folder, 'units.yaml'), unitsYaml);
  await many.start();
  const fleet = simulated(many, '--terminals', '1000', '--employees', '4000', '--approve', '--scenario', 'morning', '--speed', '60', '--seconds', '3600', '--time-zone-offset', '480', '--stay');
  try {
    const listed = () => many.api('GET', '/api/v1/terminals').then(({ terminals }) => terminals.filter((one) => one.state === 'approved').length);
    await until('a thousand terminals are approved', async () => await listed() >= 1000, 180).catch((error) => { throw new Error(`${error.message}\n${fleet.said()}`); });
    const opened = await open(browser, many.address);
    const { page } = opened;
    await page.locator('.terminal-section').waitFor();
    await until('all are listed', async () => (await page.locator('.terminals').getAttribute('aria-rowcount')) >= '1001');
    const rows = () => page.locator('.terminals tbody tr:not(.spacer)').count();
    assert.ok(await rows() < 60, `${await rows()} rows`);
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok(elements < 2500, `${elements} elements`);

    // While punches pour in: what changes in the document in ten seconds is of the order of the rows in sight.
    const changes = await page.evaluate(() => new Promise((resolve) => {
      let added = 0;
      const watch = new MutationObserver((list) => { for (const one of list) added += one.addedNodes.length; });
      watch.observe(document.querySelector('.terminals'), { childList: true, subtree: true });
      setTimeout(() => resolve(added), 10_000);
    }));
    assert.ok(changes < 60 * 25 * 8, `${changes} nodes were added in ten seconds`);

    // From end to end by scrolling, and any one by its name.
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await until('the last row is in sight', async () => await page.locator(`.terminals tr[aria-rowindex="${await page.locator('.terminals').getAttribute('aria-rowcount')}"]`).count() === 1);
    assert.ok(await rows() < 60, `${await rows()} rows at the end`);
    await page.locator('input[type=search]').fill('Lingkungan Hidup');
    await page.locator('.terminals').getByText('Kantor Lingkungan Hidup').waitFor();
    await until('the others are gone', async () => await rows() === 1);
    await leave(opened);
  } finally {
    await fleet.stop();
    await many.stop();
  }
});

test('the page is served with a policy that allows nothing inline', async () => {
  const opened = await open(browser, daemon.address, { allow: asking });
  const answer = await opened.page.request.get(`${daemon.address}/`);
  const policy = answer.headers()['content-security-policy'];
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(policy.includes(part), policy);
  assert.ok(!policy.includes('unsafe'), policy);
  const names = [...readFileSync(join(source, 'daemon/web/page/index.html'), 'utf8').matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name);
  for (const name of names) assert.equal((await opened.page.request.get(daemon.address + name)).status(), 200, name);
  await opened.context.close();
});
