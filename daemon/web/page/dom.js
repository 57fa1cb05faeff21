// Building and changing the document. Text becomes text: nothing here, or anywhere in this page, parses HTML.

const svgNamespace = 'http://www.w3.org/2000/svg';

/** An element: h('a', { href: '#/', onclick: f }, 'text', child). null, undefined and false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  append(element, children);
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgNamespace, tag);
  set(element, attributes);
  append(element, children);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Sets a text only where it differs, so that a live page does not disturb what has not changed. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** What came from outside: its direction stays its own, and a text without end is cut. */
export function foreign(text, longest = 200) {
  return h('bdi', {}, clip(text, longest));
}

export function clip(text, longest = 200) {
  const whole = String(text ?? '');
  return whole.length <= longest ? whole : `${whole.slice(0, longest)}…`;
}

/** A table with its roles spelt out: at phone width the rows are cards, and browsers forget what such a table is. */
export function table(caption, columns, rows, attributes = {}) {
  const heads = columns.map((column) => h('th', { role: 'columnheader', scope: 'col', class: column.class }, column.title));
  return h('table', { role: 'table', ...attributes },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, heads)),
    h('tbody', { role: 'rowgroup' }, rows.map((cells) => row(columns, cells))));
}

export function row(columns, cells, attributes = {}) {
  return h('tr', { role: 'row', ...attributes }, cells.map((cell, i) =>
    h('td', { role: 'cell', class: columns[i].class, 'data-title': columns[i].title }, cell)));
}

export function empty(sentence, next) {
  return h('div', { class: 'empty' }, h('p', {}, sentence), next ? h('p', { class: 'quiet' }, next) : null);
}
