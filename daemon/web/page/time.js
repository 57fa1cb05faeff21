// Times as the server tells them: its clock and its zone, never those of the computer that shows the page.
import { current, number, t, tn } from './words.js';

const letters = { 'Asia/Jakarta': 'WIB', 'Asia/Pontianak': 'WIB', 'Asia/Makassar': 'WITA', 'Asia/Ujung_Pandang': 'WITA', 'Asia/Jayapura': 'WIT' };
let zone = 'Asia/Makassar';
let ahead = 0; // the server's clock minus ours, in milliseconds

export function learn(now, itsZone) {
  if (itsZone) zone = itsZone;
  const told = Date.parse(now ?? '');
  if (!Number.isNaN(told)) ahead = told - Date.now();
}

export function zoneName() {
  return zone;
}

export function zoneLetters() {
  return letters[zone] ?? zone;
}

export function now() {
  return Date.now() + ahead;
}

const formats = new Map();

function format(kind, options) {
  const key = `${current()} ${zone} ${kind}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(current() === 'id' ? 'id-ID' : 'en-GB', { timeZone: zone, ...options }));
  }
  return formats.get(key);
}

const dayParts = () => {
  const key = `${zone} parts`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }));
  }
  return formats.get(key);
};

/** 2026-11-27, of an instant in the server's zone. */
export function dayOf(instant) {
  return dayParts().format(new Date(instant));
}

export function today() {
  return dayOf(now());
}

/** 07:41. Indonesian writes 07.41, which reads as a number in a table: clocks here have colons in both languages. */
export function clock(instant) {
  return format('clock', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(instant)).replace('.', ':');
}

export function clockSeconds(instant) {
  return format('seconds', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
    .format(new Date(instant)).replaceAll('.', ':');
}

/** The minute of the day, 0–1439. */
export function minuteOf(instant) {
  const [hours, minutes] = clock(instant).split(':').map(Number);
  return hours * 60 + minutes;
}

/** Of today the time alone, otherwise the day with it. */
export function when(text) {
  const instant = Date.parse(text ?? '');
  if (Number.isNaN(instant)) return t('never');
  const day = dayOf(instant) === today() ? '' : `${shortDay(dayOf(instant))} `;
  return day + clock(instant);
}

/** "3 menit lalu". */
export function ago(text) {
  const instant = Date.parse(text ?? '');
  if (Number.isNaN(instant)) return t('never');
  const seconds = Math.max(0, Math.round((now() - instant) / 1000));
  if (seconds < 60) return t('just_now');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return tn('minutes_ago', minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return tn('hours_ago', hours);
  return tn('days_ago', Math.floor(hours / 24));
}

const noon = (day) => new Date(`${day}T12:00:00Z`);

function dated(kind, options, day) {
  const key = `${current()} day ${kind}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(current() === 'id' ? 'id-ID' : 'en-GB', { timeZone: 'UTC', ...options }));
  }
  return Number.isNaN(noon(day).getTime()) ? day : formats.get(key).format(noon(day));
}

export const shortDay = (day) => dated('short', { weekday: 'short', day: 'numeric', month: 'short' }, day);
export const longDay = (day) => dated('long', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, day);
export const plainDay = (day) => dated('plain', { day: 'numeric', month: 'long', year: 'numeric' }, day);
export const monthName = (month) => dated('month', { month: 'long', year: 'numeric' }, `${month}-15`);

export function addDays(day, n) {
  const date = noon(day);
  date.setUTCDate(date.getUTCDate() + n);
  return date.toISOString().slice(0, 10);
}

export function addMonths(month, n) {
  const date = noon(`${month}-15`);
  date.setUTCMonth(date.getUTCMonth() + n);
  return date.toISOString().slice(0, 7);
}

export function thisMonth() {
  return today().slice(0, 7);
}

/** 2026-11-20T07:58:03, the terminal's own wall clock. */
export function deviceTime(text) {
  if (!text) return t('never');
  const [day, time = ''] = text.split('T');
  return `${day === today() ? '' : `${shortDay(day)} `}${time}`;
}

/** +3 s, −2 min: a clock's difference. */
export function drift(milliseconds) {
  if (typeof milliseconds !== 'number') return '–';
  const seconds = Math.round(milliseconds / 1000);
  if (seconds === 0) return '0 s';
  const sign = seconds < 0 ? '−' : '+';
  const size = Math.abs(seconds);
  if (size < 120) return `${sign}${size} ${t('unit_seconds')}`;
  if (size < 7200) return `${sign}${number(Math.round(size / 60))} ${t('unit_minutes')}`;
  return `${sign}${number(Math.round(size / 3600))} ${t('unit_hours')}`;
}
