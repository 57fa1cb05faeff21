// Chromium, and an ear for everything that it complains of.
import { chromium } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const widths = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };

export function launch() {
  return chromium.launch({ executablePath: process.env.PRESENSI_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags });
}

const patience = 120_000; // three times what a machine that does other things, too, has needed
const opened = new Set();

/** Those that a failed test left behind, so that they do not weigh on the next. */
export async function closeAll() {
  for (const context of opened) await context.close().catch(() => {});
  opened.clear();
}

/** A page in a context of its own; complaints fills with what must not happen. allow is for what a test provokes. */
export async function open(browser, address, { size = widths.desk, language = 'id', theme = 'light', allow = [] } = {}) {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, locale: 'en-US', timezoneId: 'America/New_York', deviceScaleFactor: 1, acceptDownloads: true });
  await context.addInitScript((wanted) => {
    if (!localStorage.getItem('language')) localStorage.setItem('language', wanted);
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
  }, language);
  opened.add(context);
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints = [];
  const hear = (text) => {
    if (!allow.some((one) => one.test(text))) complaints.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') hear(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => hear(`error: ${error.stack ?? error}`));
  page.on('dialog', (dialog) => {
    hear(`a dialogue popped up: ${dialog.message()}`);
    dialog.dismiss();
  });
  // What is asked for and not yet answered; the stream of what changes never ends.
  const asked = new Set();
  page.on('request', (request) => { if (!request.url().includes('/api/v1/live')) asked.add(request); });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => asked.delete(request));
  await page.goto(address);
  return { page, context, complaints, asked };
}

export async function logIn(page, name, password) {
  await page.locator('input[name=name]').fill(name);
  await page.locator('input[name=password]').fill(password);
  await page.locator('form.login button[type=submit]').click();
  await page.locator('.terminal-section').waitFor();
}
