// Pictures of the page for docs/images, of the scene in scene.mjs: node screenshots.mjs FOLDER
import { join } from 'node:path';
import { launch, logIn, open, widths } from './browser.mjs';
import { Scene } from './scene.mjs';
import { freshFolder, until } from './stage.mjs';

const folder = process.argv[2];

const drop = (page, name, text) => page.evaluate(([fileName, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([content], fileName));
  document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
}, [name, text]);

async function go(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await until(`${hash} is shown`, async () => await page.locator('.waiting').count() === 0 && await page.locator('main h1').count() === 1);
  await page.evaluate(() => document.activeElement?.blur());
  await page.waitForTimeout(1500); // charts and lists that fill themselves
}

async function dropped(page, scene) {
  await go(page, '#/upload/TST7250100019');
  const lines = scene.people.filter(({ unit }) => unit === 'perikanan').flatMap(({ pin }, i) =>
    ['22', '23', '26', '27', '28', '29', '30'].map((day) => `${pin.padStart(9)}\t2026-10-${day} 07:${31 + i}:12\t1\t0\t1\t0\n`));
  await drop(page, '1_attlog.dat', `${lines.join('')}      10x\t2026-10-30 07:4\n`);
  await page.locator('.file .counts').waitFor();
}

async function approving(page) {
  await go(page, '#/');
  await page.locator('input[type=search]').fill('TST7250100099'); // at phone width its row is not in sight, so not there
  await page.locator('tr', { hasText: 'TST7250100099' }).getByRole('button').click();
  await page.locator('dialog input').first().fill('Kantor Kelurahan Batupiring');
  await page.locator('dialog select').selectOption('kec-paringin-selatan');
  await page.locator('dialog textarea').fill('Berita acara pemasangan 12/BA/2026');
}

async function approved(page) {
  await page.keyboard.press('Escape');
  await page.locator('input[type=search]').fill('');
}

async function latestEvents(page) {
  await go(page, '#/');
  await page.locator('.event-section .badge').first().waitFor();
  await page.locator('.event-section').evaluate((section) => section.scrollIntoView());
}

// Of Friday, when one of the terminals stayed in its case.
async function sheet(page, scene, language) {
  const { events } = await scene.daemon.api('GET', '/api/v1/events?from=2026-10-30&to=2026-10-30');
  await page.goto(`${scene.daemon.address}/events/${events[0].id}/sheet?lang=${language}`);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  const sheets = pdf.match(/\/Type\s*\/Page\b(?!s)/g).length;
  if (sheets !== 1) throw new Error(`the Lembar Apel of all units is printed on ${sheets} pages`);
}

const uuidOf = async (scene) => (await scene.daemon.api('GET', '/api/v1/people?unit=dinsos')).people[2].uuid;

const pictures = [
  { name: 'terminals', show: (page) => go(page, '#/') },
  { name: 'events', show: latestEvents },
  { name: 'sheet', show: sheet, only: 'desk', after: (page) => page.goBack() }, // for paper
  { name: 'terminal', show: (page) => go(page, '#/terminal/TST7250100003') },
  { name: 'approve', show: approving, after: approved },
  { name: 'month', show: (page) => go(page, '#/month/2026-10') },
  { name: 'unit', show: (page) => go(page, '#/month/2026-10/perikanan') },
  { name: 'people', show: (page) => go(page, '#/people/dinsos') },
  { name: 'person', show: async (page, scene) => go(page, `#/person/${await uuidOf(scene)}/2026-10`) },
  { name: 'upload', show: dropped },
];

const scene = await new Scene().start();
const browser = await launch();
try {
  console.log('sixty terminals live through October 2026 …');
  await scene.fill();
  freshFolder(folder);
  const complaints = [];
  for (const language of ['id', 'en']) {
    for (const [width, size] of Object.entries(widths)) {
      const opened = await open(browser, scene.daemon.address, { size, language, allow: [/401 \(Unauthorized\)/] });
      await opened.page.locator('form.login').waitFor();
      if (width === 'phone') await opened.page.screenshot({ path: join(folder, `login-${width}-${language}.png`) });
      await logIn(opened.page, 'diskominfo', scene.daemon.logins.get('diskominfo'));
      for (const { name, show, after, only = width } of pictures) {
        if (only !== width) continue;
        await show(opened.page, scene, language);
        await opened.page.screenshot({ path: join(folder, `${name}-${width}-${language}.png`) });
        await after?.(opened.page);
      }
      complaints.push(...opened.complaints);
      await opened.context.close();
    }
  }
  for (const [width, size] of Object.entries(widths)) {
    const dark = await open(browser, scene.daemon.address, { size, theme: 'dark', allow: [/401 \(Unauthorized\)/] });
    await logIn(dark.page, 'diskominfo', scene.daemon.logins.get('diskominfo'));
    await go(dark.page, '#/');
    await dark.page.screenshot({ path: join(folder, `terminals-${width}-dark.png`) });
    await dark.context.close();
  }
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  console.log(`${folder}: done`);
} finally {
  await browser.close();
  await scene.stop();
}
