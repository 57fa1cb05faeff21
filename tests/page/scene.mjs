// Sixty terminals of Kabupaten Balangan on the morning of Monday, 2 November 2026: an outage at one office since Friday, one that
// lost its network this morning, a terminal that nobody knows yet, and October to be submitted. Needs libfaketime.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Daemon, Terminal, exchange, peopleOf, sleep, source } from './stage.mjs';

const roman = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'];
const serialOf = (n) => `TST72501000${String(n).padStart(2, '0')}`;
const inItsCase = serialOf(7); // since Friday
const atApel = 6; // people of a unit who punch at an apel terminal on Mondays

// A row of numbers that is the same every time.
function dice(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

const two = (n) => String(n).padStart(2, '0');
const clockText = (seconds) => `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;

/** Balangan's units with serial numbers in place of the ones to fill in, and its Mondays and Fridays switched on. */
function organisation() {
  const [before, events] = readFileSync(join(source, 'config/balangan/units.yaml'), 'utf8').split(/^(?=#events:)/m);
  let text = before + events.replaceAll(/^#/gm, '');
  roman.forEach((_, i) => { text = text.replaceAll(`GANTI-APEL-${i + 1}\n`, `${serialOf(i + 1)}\n`); });
  return text.replaceAll(/GANTI-APEL-(\d)\b/g, (_, n) => serialOf(Number(n)));
}

function unitsOf(yaml) {
  const units = [];
  for (const block of yaml.split(/^ {2}- code: /m).slice(1)) {
    const code = block.split('\n')[0].trim();
    const name = block.match(/^ {4}name: (.+)$/m)?.[1].replaceAll('"', '');
    if (name && !/^ {4}parent:/m.test(block)) units.push({ code, name });
  }
  return units;
}

export class Scene {
  async start() {
    this.clock = join(tmpdir(), `presensi-clock-${process.pid}`);
    const yaml = organisation();
    this.units = unitsOf(yaml);
    this.terminals = this.layOut();
    this.setClock('2026-10-01', '06:50:00');
    const lines = this.terminals.filter((one) => one.known).map((one) =>
      `  - { serial: ${one.serial}, name: "${one.name}"${one.unit ? `, unit: ${one.unit}` : ''}${one.apel ? ', role: apel, portable: true' : ''} }`);
    this.daemon = new Daemon(`time_zone: Asia/Makassar\nclock: { send_date: always }\nunits_file: units.yaml\nterminals:\n${lines.join('\n')}\n`, this.clock);
    writeFileSync(join(this.daemon.folder, 'units.yaml'), yaml);
    await this.daemon.start();
    await this.daemon.account('diskominfo', 'super-admin');
    await this.daemon.account('dinsos', 'admin', ['dinsos']);
    for (const one of this.terminals) one.push = new Terminal(this.daemon, one.serial);
    return this;
  }

  async stop() {
    await this.daemon.stop();
  }

  // Nine of the apel, one or two for each unit, and one that came this morning.
  layOut() {
    const list = roman.map((numeral, i) => ({ serial: serialOf(i + 1), name: `Apel ${numeral}`, unit: 'diskominfo', apel: true, known: true }));
    this.units.forEach((unit) => list.push({ serial: serialOf(list.length + 1), name: `Kantor ${unit.name}`.slice(0, 90), unit: unit.code, known: true }));
    for (let i = 0; list.length < 60; ++i) {
      const unit = this.units[(i * 5) % this.units.length];
      list.push({ serial: serialOf(list.length + 1), name: `${unit.name}, lantai 2`.slice(0, 90), unit: unit.code, known: true });
    }
    list.push({ serial: 'TST7250100099', known: false });
    return list;
  }

  /** Local time of Balangan, WITA. */
  setClock(day, time) {
    this.now = Date.parse(`${day}T${time}+08:00`);
    writeFileSync(this.clock, `${new Date(this.now).toISOString().slice(0, 19).replace('T', ' ')}\n`);
  }

  async fill() {
    const { csv, people } = peopleOf(this.units.map((unit) => unit.code), 8);
    this.people = people;
    await this.daemon.api('POST', '/api/v1/people', csv);
    for (const one of this.terminals.filter((each) => each.known)) await one.push.hello();
    await this.october();
    await this.compare();
    await this.submissions();
    await this.monday();
  }

  homeOf(person, n) {
    const own = this.terminals.filter((one) => one.unit === person.unit && !one.apel);
    return own[n % own.length];
  }

  // Everybody, morning and afternoon; each terminal brings its day in the evening.
  async october() {
    const chance = dice(7);
    for (let date = 1; date <= 30; ++date) {
      const day = `2026-10-${two(date)}`;
      const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
      if (weekday === 0 || weekday === 6) continue;
      if (weekday === 1 || weekday === 5) {
        this.setClock(day, '08:46:00');
        await this.apel(day, chance, date === 30 ? inItsCase : '');
      }
      this.setClock(day, weekday === 5 ? '12:01:00' : '17:31:00');
      await this.deliver(day, weekday === 5 ? 11 : 16.6, chance, (one) => !(one.unit === 'perikanan' && date > 21));
    }
  }

  // Each apel terminal brings its apel and stays plugged in for a while, but for one that stayed in its case.
  async apel(day, chance, left) {
    for (const [i, one] of this.terminals.filter((each) => each.apel).entries()) {
      const list = this.people.filter((_, n) => n % 9 === i && n % 61 !== 60 && chance(3) === 0)
        .map((person) => [person.pin, `${day} ${clockText(7 * 3600 + 1200 + chance(2400))}`]);
      if (list.length > 0 && one.serial !== left) await one.push.push(list.sort((a, b) => a[1].localeCompare(b[1])));
    }
    for (const time of ['08:50:00', '08:54:00']) {
      this.setClock(day, time);
      for (const one of this.terminals) if (one.apel && one.serial !== left) await one.push.poll();
    }
  }

  async deliver(day, home, chance, works) {
    const punches = new Map();
    this.people.forEach((person, n) => {
      if (chance(100) < 4 || n % 61 === 60) return;
      const one = this.homeOf(person, n);
      if (!punches.has(one)) punches.set(one, []);
      for (const [from, spread] of [[7 * 3600 + 1500, 2200], [home * 3600, 2400]]) {
        if (chance(100) > 2) punches.get(one).push([person.pin, `${day} ${clockText(Math.floor(from) + chance(spread))}`]);
      }
    });
    for (const [one, list] of punches) {
      if (works(one)) await one.push.push(list.sort((a, b) => a[1].localeCompare(b[1])));
      else one.push.log.push(...list);
    }
  }

  // What every night does: the terminals count, and what is here is compared with it.
  async compare() {
    this.setClock('2026-11-01', '08:00:00');
    const talking = this.terminals.filter((one) => one.known && one.unit !== 'perikanan' && one.serial !== inItsCase);
    for (const one of talking) {
      await this.daemon.api('POST', `/api/v1/terminals/${one.serial}/completeness`, { from: '2026-10-01', to: '2026-10-31' });
    }
    let idle = 0;
    for (let round = 0; round < 200 && idle < 8; ++round) {
      let answered = 0;
      for (const one of talking) answered += await one.push.poll();
      idle = answered === 0 ? idle + 1 : 0;
      this.setClock('2026-11-01', `08:${two(Math.floor(round / 4))}:${two((round % 4) * 15)}`);
      if (answered === 0) await sleep(500);
    }
  }

  async submissions() {
    this.setClock('2026-11-01', '10:00:00');
    const period = (unit, step, reason) => this.daemon.api('POST', `/api/v1/periods/2026-10/${unit}/${step}`, { reason });
    const ready = this.units.filter((unit) => !['dinsos', 'perikanan', 'dinkes', 'disdik'].includes(unit.code)).slice(0, 15);
    for (const [i, unit] of ready.entries()) {
      await period(unit.code, 'submit', 'Semua mesin sudah diperiksa; pegawai tanpa absensi sedang cuti.');
      if (i < 6) await period(unit.code, 'freeze', 'Sesuai.');
      if (i === 6) await period(unit.code, 'return', 'Surat cuti dua pegawai belum dilampirkan.');
    }
  }

  // Until 08:04 on Monday, minute by minute. perikanan fell silent on Friday, disdik loses its network at 07:21; three apel
  // terminals still stand in their cases.
  async monday() {
    const chance = dice(11);
    const away = new Set([serialOf(2), inItsCase, serialOf(9)]);
    const silentSince = (one) => one.unit === 'perikanan' ? 0 : one.unit === 'disdik' ? 7 * 60 + 21 : Infinity;
    const plans = this.people.map((person, n) => {
      const toApel = n % 8 < atApel && chance(3) > 0;
      const apel = this.terminals[2 + ((n * 5) % 7)];
      const one = toApel && !away.has(apel.serial) ? apel : this.homeOf(person, n);
      const rush = chance(2) + chance(2) + chance(2);
      return { one, pin: person.pin, second: 7 * 3600 + 300 + rush * 960 + chance(1000) };
    });
    const first = 7 * 60 - 4;
    const last = 8 * 60 + 4;
    for (let minute = first; minute <= last; ++minute) {
      this.setClock('2026-11-02', `${two(Math.floor(minute / 60))}:${two(minute % 60)}:20`);
      for (const one of this.terminals) {
        if (away.has(one.serial) || !one.known || minute > silentSince(one)) continue;
        const list = plans.filter((plan) => plan.one === one && Math.floor(plan.second / 60) === minute - 1)
          .map((plan) => [plan.pin, `2026-11-02 ${clockText(plan.second)}`]);
        if (list.length > 0) await one.push.push(list);
        else if (minute % 3 === 0 || minute >= last - 2) await one.push.poll();
      }
      await sleep(1100); // the page's chart is told every second
    }
    await this.terminals.at(-1).push.hello();
    await exchange(this.daemon.terminalPort, 'GET', '/iclock/getrequest?SN=TST7250100099');
    this.setClock('2026-11-02', '08:05:10');
  }
}
