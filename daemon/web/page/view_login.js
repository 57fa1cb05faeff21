import { post } from './api.js';
import { field } from './dialog.js';
import { fill, h } from './dom.js';
import { t } from './words.js';

function wait(button, sentence, seconds) {
  const until = Date.now() + seconds * 1000;
  button.disabled = true;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left <= 0) {
      button.disabled = false;
      fill(sentence, t('try_now'));
      return;
    }
    fill(sentence, t('wait_seconds', { n: left }));
    setTimeout(tick, 500);
  };
  tick();
}

export function show(main, entered) {
  const name = h('input', { name: 'name', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, maxlength: 64 });
  const password = h('input', { name: 'password', type: 'password', autocomplete: 'current-password', required: true, maxlength: 256 });
  const trouble = h('div', { role: 'alert' });
  const button = h('button', { type: 'submit', class: 'button primary wide' }, t('log_in'));
  const form = h('form', { class: 'login card' },
    h('img', { src: '/assets/icon.svg', alt: '', width: 48, height: 48 }),
    h('h1', { tabindex: '-1' }, t('log_in')), h('p', { class: 'quiet' }, t('log_in_hint')),
    field(t('account_name'), name), field(t('password'), password), trouble, button);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    fill(trouble);
    try {
      await post('/api/v1/session', { name: name.value.trim(), password: password.value });
      password.value = '';
      await entered();
    } catch (problem) {
      button.disabled = false;
      const sentence = h('p', { class: 'complaint' });
      fill(trouble, sentence);
      if (problem.status === 429) return wait(button, sentence, problem.retryAfter || 1);
      fill(sentence, problem.status === 401 ? t('log_in_wrong') : problem.sentence);
      if (problem.status === 401) password.select();
    }
  });
  fill(main, h('div', { class: 'view narrow' }, form));
  name.focus();
}
