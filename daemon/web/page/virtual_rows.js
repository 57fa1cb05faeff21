// A long table of which only the rows in sight exist. All rows are equally high: the table's --row says how high.

const spare = 6; // rows beyond each edge, so that the Tab key and a flick of the finger find some

export class VirtualRows {
  /** make(key) gives { element, update(item) }; keyOf(item) its key. */
  constructor(body, make, keyOf) {
    this.body = body;
    this.make = make;
    this.keyOf = keyOf;
    this.items = [];
    this.shown = new Map();
    this.above = this.spacer();
    this.below = this.spacer();
    body.replaceChildren(this.above, this.below);
    this.onScroll = () => {
      if (this.due) return;
      this.due = requestAnimationFrame(() => {
        this.due = 0;
        this.lay();
      });
    };
    addEventListener('scroll', this.onScroll, { passive: true });
    addEventListener('resize', this.onScroll, { passive: true });
  }

  close() {
    removeEventListener('scroll', this.onScroll);
    removeEventListener('resize', this.onScroll);
    cancelAnimationFrame(this.due);
  }

  spacer() {
    const element = document.createElement('tr');
    element.className = 'spacer';
    element.setAttribute('role', 'presentation');
    return element;
  }

  set(items) {
    this.items = items;
    this.lay(true);
  }

  /** Those of these keys that are in sight; all that are, without keys. */
  refresh(keys = null) {
    for (const item of this.visible ?? []) {
      const key = this.keyOf(item);
      if (keys === null || keys.has(key)) this.shown.get(key)?.update(item);
    }
  }

  lay(changed = false) {
    const height = parseFloat(getComputedStyle(this.body).getPropertyValue('--row')) || 48;
    const top = this.body.getBoundingClientRect().top;
    const first = Math.max(0, Math.min(this.items.length, Math.floor(-top / height) - spare));
    const last = Math.min(this.items.length, Math.ceil((innerHeight - top) / height) + spare);
    const end = Math.max(first, last);
    if (!changed && first === this.first && end === this.end && height === this.height) return;
    Object.assign(this, { first, end, height });
    this.visible = this.items.slice(first, end);
    this.above.style.height = `${first * height}px`;
    this.below.style.height = `${(this.items.length - end) * height}px`;
    this.arrange();
  }

  arrange() {
    const focused = document.activeElement;
    const wanted = new Set(this.visible.map(this.keyOf));
    for (const [key, row] of this.shown) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.shown.delete(key);
    }
    let place = this.above.nextSibling;
    this.visible.forEach((item, i) => {
      const key = this.keyOf(item);
      let row = this.shown.get(key);
      if (!row) {
        row = this.make(item);
        this.shown.set(key, row);
      }
      row.update(item);
      const index = String(this.first + i + 2); // the head is row 1
      if (row.element.getAttribute('aria-rowindex') !== index) row.element.setAttribute('aria-rowindex', index);
      if (row.element === place) place = place.nextSibling;
      else this.body.insertBefore(row.element, place);
    });
    // A row that moved took the focus away from what is in it.
    if (focused !== document.activeElement && this.body.contains(focused)) focused.focus({ preventScroll: true });
  }
}
