// A running daemon with terminals, people and months for the page to show. Everybody here is made up.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const bin = process.env.PRESENSI_BIN_DIR;
export const source = process.env.PRESENSI_SOURCE_DIR;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until it holds; three times as long as anything here has ever taken. */
export async function until(what, holds, seconds = 120) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await holds();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(100);
  }
}

function portAfter(log, field) {
  const found = log.match(new RegExp(`${field}=http://[^:]*:(\\d+)`));
  return found ? Number(found[1]) : 0;
}

/** One HTTP exchange without a pool of connections: { status, text }. */
export function exchange(port, method, path, body = '', headers = {}) {
  return new Promise((resolve, reject) => {
    const out = request({ host: '127.0.0.1', port, method, path, agent: false, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => resolve({ status: answer.statusCode, text, headers: answer.headers }));
    });
    out.on('error', reject);
    out.end(body);
  });
}

export class Daemon {
  /** yaml is the configuration without its listeners; clock a file that libfaketime reads, or null. */
  constructor(yaml, clock = null) {
    this.folder = mkdtempSync(join(tmpdir(), 'presensi-page-'));
    this.config = join(this.folder, 'presensi.yaml');
    this.clock = clock;
    this.logins = new Map();
    writeFileSync(this.config, `${yaml}\nterminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { address: 127.0.0.1, port: 0 }\n`);
  }

  environment() {
    const variables = { ...process.env, STATE_DIRECTORY: this.folder };
    if (this.clock) {
      Object.assign(variables, { LD_PRELOAD: process.env.PRESENSI_FAKETIME, FAKETIME_TIMESTAMP_FILE: this.clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', TZ: 'UTC' });
    }
    return variables;
  }

  async start() {
    const log = join(this.folder, 'log');
    const file = openSync(log, 'a');
    this.process = spawn(join(bin, 'presensid'), ['run', '--config', this.config], { stdio: ['ignore', file, file], env: this.environment() });
    this.ended = new Promise((resolve) => this.process.on('exit', resolve));
    await until('presensid serves', () => {
      if (this.process.exitCode !== null) throw new Error(`presensid ended:\n${readFileSync(log, 'utf8')}`);
      const text = readFileSync(log, 'utf8');
      this.terminalPort = portAfter(text, 'terminals');
      this.adminPort = portAfter(text, 'page');
      return this.terminalPort && this.adminPort;
    });
    this.address = process.env.PRESENSI_PAGE_ADDRESS ?? `http://127.0.0.1:${this.adminPort}`;
    return this;
  }

  async stop() {
    if (this.process?.exitCode === null) {
      this.process.kill('SIGKILL');
      await this.ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  run(...words) {
    return new Promise((resolve, reject) => {
      const child = spawn(join(bin, 'presensid'), [...words, '--config', this.config], { env: this.environment() });
      let said = '';
      child.stdout.on('data', (piece) => { said += piece; });
      child.stderr.on('data', (piece) => { said += piece; });
      child.on('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(`presensid ${words.join(' ')}: ${said}`))));
    });
  }

  async account(name, role, units = []) {
    const password = `sandi-contoh-${name}`;
    const file = join(this.folder, `password-${name}`);
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    const mandate = units.length ? ['--mandate-number', '800/1/2026', '--mandate-date', '2026-10-01', '--mandate-signer', 'Kepala Dinas Contoh'] : [];
    await this.run('account', 'create', name, '--role', role, '--password-file', file, ...units.flatMap((unit) => ['--unit', unit]), ...mandate);
    this.logins.set(name, password);
  }

  /** The API as that account (or as anybody, while there is none). */
  async api(method, path, body = undefined, as = [...this.logins.keys()][0]) {
    const headers = { Accept: 'application/json' };
    if (as) headers.Authorization = `Basic ${Buffer.from(`${as}:${this.logins.get(as)}`).toString('base64')}`;
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    if (text !== '' && typeof body !== 'string') headers['Content-Type'] = 'application/json';
    const answer = await exchange(this.adminPort, method, path, text, headers);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text === '' ? null : JSON.parse(answer.text);
  }
}

/** A terminal that pushes, one request at a time. */
export class Terminal {
  constructor(daemon, serial) {
    Object.assign(this, { daemon, serial, log: [] });
  }

  url(path, more = '') {
    return `/iclock/${path}?SN=${encodeURIComponent(this.serial)}${more}`;
  }

  async hello() {
    return exchange(this.daemon.terminalPort, 'GET', this.url('cdata', '&options=all&language=73&pushver=2.4.1'));
  }

  /** [[pin, '2026-11-02 07:31:20'], …] */
  async push(punches) {
    this.log.push(...punches);
    const body = punches.map(([pin, time]) => `${pin}\t${time}\t0\t1\t0\t0\n`).join('');
    const answer = await exchange(this.daemon.terminalPort, 'POST', this.url('cdata', '&table=ATTLOG&Stamp=9999'), body);
    if (!answer.text.startsWith('OK')) throw new Error(`${this.serial}: ${answer.status} ${answer.text}`);
  }

  /** Asks for commands, and counts its punches when it is asked to. */
  async poll() {
    const answer = await exchange(this.daemon.terminalPort, 'GET', this.url('getrequest', '&INFO=ZAM180-NF50VA-Ver3.4.9,40,12,5000,10.20.0.14,10,39,12,1,01110'));
    const results = [];
    for (const [, id, from, to] of answer.text.matchAll(/^C:(\d+):VERIFY SUM ATTLOG StartTime=([^\t]+)\tEndTime=([^\n]+)$/gm)) {
      const sum = this.log.filter(([, time]) => time >= from && time <= to).length;
      results.push(`ID=${id}&Return=0&CMD=VERIFY SUM&StartTime=${from}&EndTime=${to}&AttlogSum=${sum}\n`);
    }
    if (results.length > 0) await exchange(this.daemon.terminalPort, 'POST', this.url('devicecmd'), results.join(''));
    return results.length;
  }
}

/** The simulated terminals of this project, as a process of their own. */
export function simulated(daemon, ...words) {
  const child = spawn(join(bin, 'presensi-terminals'), ['push', '--url', `http://127.0.0.1:${daemon.terminalPort}`, '--feed', `http://127.0.0.1:${daemon.adminPort}`, '--no-compare', '--quiet', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (piece) => { said += piece; });
  child.stderr.on('data', (piece) => { said += piece; });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return { ended, said: () => said, async stop() {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  } };
}

/** Made-up people: first names of no one in particular, and the family name Contoh. */
export function peopleOf(units, each) {
  const first = ['Ahmad', 'Siti', 'Budi', 'Rina', 'Hadi', 'Dewi', 'Fahri', 'Lina', 'Yusuf', 'Maya', 'Rudi', 'Nur'];
  const second = ['', 'Rahma', 'Putra', 'Sari', 'Wati', 'Halim', 'Indra', 'Fitri'];
  const lines = ['nip,nama,jenis,unit,eselon,golongan,jabatan,pin,mulai'];
  const people = [];
  units.forEach((unit, u) => {
    for (let i = 0; i < each; ++i) {
      const n = u * each + i;
      const name = [first[n % first.length], second[Math.floor(n / first.length) % second.length], 'Contoh'].filter(Boolean).join(' ');
      const nip = `19850101201001${1 + (n % 2)}${String(1 + Math.floor(n / 2)).padStart(3, '0')}`;
      const echelon = i === 0 ? 'III' : i === 1 ? 'IV' : 'staf';
      const pin = String(1001 + n);
      lines.push(`${nip},${name},PNS,${unit},${echelon},III/b,${i === 0 ? 'Kepala Bidang' : i === 1 ? 'Kepala Seksi' : 'Pengelola'},${pin},2026-01-01`);
      people.push({ name, nip, unit, pin });
    }
  });
  return { csv: `${lines.join('\n')}\n`, people };
}

export function freshFolder(path) {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
}
