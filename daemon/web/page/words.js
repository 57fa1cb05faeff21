// The two languages. Every word a person reads is in words_id.js and words_en.js, which have the same keys.
import english from './words_en.js';
import indonesian from './words_id.js';

const languages = { id: indonesian, en: english };
let language = remembered();

function remembered() {
  try {
    return localStorage.getItem('language') === 'en' ? 'en' : 'id';
  } catch {
    return 'id';
  }
}

export function current() {
  return language;
}

export function other() {
  return language === 'id' ? 'en' : 'id';
}

export function choose(wanted) {
  language = wanted === 'en' ? 'en' : 'id';
  document.documentElement.lang = language;
  try {
    localStorage.setItem('language', language);
  } catch {
    // Not remembered then.
  }
}

export function has(key) {
  return Object.hasOwn(languages[language], key);
}

/** The word of that key, with {name} filled in. */
export function t(key, values = {}) {
  if (!has(key)) return key;
  return languages[language][key].replace(/\{(\w+)\}/g, (whole, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole);
}

/** As t, with the key for one where n is 1. */
export function tn(key, n, values = {}) {
  const one = `${key}_one`;
  return t(n === 1 && has(one) ? one : key, { n: number(n), ...values });
}

/** A word of the API, such as a state; what is not known stands as it is. */
export function word(group, value) {
  if (value === null || value === undefined || value === '') return t('none');
  const key = `${group}_${value}`;
  return has(key) ? t(key) : String(value);
}

export function number(n) {
  return typeof n === 'number' ? n.toLocaleString(language === 'id' ? 'id-ID' : 'en-GB') : '–';
}

/** The sentence of the server in the language of the page, where it has both. */
export function ofAlarm(alarm) {
  const own = language === 'id';
  return {
    message: (own && alarm.message_id) || alarm.message || alarm.id,
    todo: (own && alarm.what_to_do_id) || alarm.what_to_do || '',
  };
}
