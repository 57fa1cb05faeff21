// The two languages have the same words, and every word that the page asks for.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import vm from 'node:vm';
import english from './page/words_en.js';
import indonesian from './page/words_id.js';

const folder = new URL('./page/', import.meta.url).pathname;
const modules = readdirSync(folder).filter((name) => name.endsWith('.js'));
const own = modules.filter((name) => !name.startsWith('words_'));
const textOf = (name) => readFileSync(join(folder, name), 'utf8');

test('every module can be read', () => {
  for (const name of modules) {
    if (name === 'theme.js') new vm.Script(textOf(name));
    else new vm.SourceTextModule(textOf(name), { identifier: name });
  }
});

test('both languages have the same keys, and the same places to fill in', () => {
  assert.deepEqual(Object.keys(indonesian), Object.keys(english));
  const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();
  for (const key of Object.keys(indonesian)) assert.equal(places(indonesian[key]), places(english[key]), key);
});

test('no word is empty, and those of one language are not left in the other', () => {
  for (const [key, text] of Object.entries(indonesian)) {
    assert.ok(text.trim().length > 0 && english[key].trim().length > 0, key);
    if (/[a-z]{4,} [a-z]{4,} [a-z]{4,}/.test(text)) assert.notEqual(text, english[key], key);
  }
});

test('every word that a module asks for is there', () => {
  const asked = new Set();
  for (const name of own) for (const [, key] of textOf(name).matchAll(/\btn?\('(\w+)'/g)) asked.add(key);
  assert.ok(asked.size > 150);
  for (const key of asked) assert.ok(key in english, key);
});

// Lists in the source of the daemon, whose values the page shows by their words.
const lists = [
  { group: 'event', least: 35, files: [['protocol/terminal_event.cpp', /"([a-z_]+)"/g], ['protocol/adms/operlog.cpp', /event\.kind = "(\w+)"/g]] },
  { group: 'upload', least: 4, files: [['daemon/admin/upload_routes.cpp', /\*state != "(\w+)"/g], ['daemon/upload/take_file.cpp', /\.state = "(\w+)"/g]] },
  { group: 'reject', least: 10, files: [['protocol/records.cpp', /RejectReason::\w+:\s+return "(\w+)"/g]] },
  { group: 'held', least: 4, files: [['attendance/records.cpp', /EventKind::\w+, "(\w+)"/g]] },
];

test('every word that the daemon says of events, uploads and rejects is there', () => {
  const source = process.env.PRESENSI_SOURCE_DIR;
  const missing = [];
  for (const { group, least, files } of lists) {
    const values = new Set();
    for (const [file, each] of files) {
      const found = [...readFileSync(join(source, file), 'utf8').matchAll(each)];
      assert.ok(found.length > 0, file);
      for (const [, value] of found) values.add(value);
    }
    assert.ok(values.size >= least, `${group}: only ${[...values].join()}`);
    for (const value of values) {
      if (!(`${group}_${value}` in indonesian)) missing.push(`id ${group}_${value}`);
      if (!(`${group}_${value}` in english)) missing.push(`en ${group}_${value}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('nothing in the page parses HTML or writes a style into markup', () => {
  for (const name of own) {
    const text = textOf(name);
    for (const word of ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'DOMParser', 'eval(', 'new Function', "setAttribute('style'"]) {
      assert.ok(!text.includes(word), `${name}: ${word}`);
    }
  }
  const html = textOf('index.html');
  assert.ok(!/\sstyle=|\son\w+=|<style/i.test(html));
  assert.ok(![...html.matchAll(/<script[^>]*>/g)].some(([tag]) => !tag.includes('src=')));
});
