import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  dropOn,
  findSmallTargets,
  findViolations,
  logIn,
  noChromium,
  openBrowser,
  openPage,
} from './open-browser.ts';
import { buildPages, type RunningLake, startLake } from './start-lake.ts';

describe('the pages in a browser', { skip: noChromium, timeout: 240_000 }, () => {
  let lake: RunningLake;
  let browser: Browser;
  let page: Page & { complaints: string[] };
  before(async () => {
    buildPages();
    [lake, browser] = await Promise.all([startLake(), openBrowser()]);
    page = await openPage(browser, lake);
  });
  after(async () => {
    await browser?.close();
    await lake?.stop();
  });
  const heading = () => page.getByRole('heading', { level: 1 });

  test('a wrong password is refused in words, the right one leads to where one wanted to go', async () => {
    await page.goto('/ui/data?x=1');
    await page.waitForURL(/\/ui\/login\?next=/);
    await page.getByLabel('User name').fill(lake.username);
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(lake.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(/\/ui\/data\?x=1$/);
    const seen = await page.evaluate(() => [
      document.cookie,
      JSON.stringify(sessionStorage),
      JSON.stringify(localStorage),
    ]);
    assert.ok(!seen.join(' ').includes(`${lake.username}-`), 'no script can read the token');
  });

  test('Now says how the lake is, with the matrix as a real table', async () => {
    await page.goto('/ui/');
    await page
      .getByText(/All 4 storages are open/)
      .first()
      .waitFor();
    await page.locator('#throughput canvas').waitFor();
    const matrix = page.locator('#matrix table');
    assert.ok((await matrix.locator('caption').textContent())?.includes('a row for each source'));
    assert.deepEqual(await matrix.locator('thead th[scope=col]').count(), 6);
    assert.equal(await matrix.locator('tbody th[scope=row]').count(), 4);
    await page.locator('#throughput').getByText('Table', { exact: true }).click();
    await page.waitForURL(/throughput=table/);
    await page.reload();
    await page.getByRole('table', { name: 'Throughput of the last 15 minutes' }).waitFor();
    await page.getByRole('link', { name: 'ALPHA-DISK' }).click();
    await page.getByRole('heading', { level: 1, name: /^ALPHA-DISK holds/ }).waitFor();
    await page.getByRole('link', { name: 'sky:survey', exact: true }).waitFor();
  });

  test('an event shows up by itself', async (context) => {
    await page.goto('/ui/');
    await page.getByText('Live', { exact: true }).waitFor();
    const begin = performance.now();
    await lake.client.dids.add({ scope: 'sky', name: 'seen.live' }, 'DATASET');
    await page.getByRole('link', { name: 'sky:seen.live' }).waitFor();
    context.diagnostic(`seen ${Math.round(performance.now() - begin)} ms after it was asked for`);
  });

  test('search goes to a dataset by keyboard alone', async () => {
    await page.goto('/ui/');
    await heading().waitFor();
    await page.keyboard.press('/');
    const field = page.getByRole('combobox', { name: 'Search the lake' });
    await field.waitFor();
    await page.keyboard.type('sky:survey.night1');
    await page.getByRole('option', { name: /^sky:survey\.night1 dataset/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/data\/sky\/survey\.night1$/);
    await page.getByRole('heading', { level: 1, name: /survey\.night1 is a dataset of 8 files/ }).waitFor();
    await page.goto('/ui/rules');
    await page.getByRole('link', { name: 'sky:survey.night1' }).first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
  });

  test('what goes up comes down again, alone and with its dataset', async () => {
    const bytes = randomBytes(2_500_000);
    await page.goto('/ui/data/sky/seen.live');
    await page.getByText('Drop files or folders here').waitFor();
    await page.locator('input[type=file]').setInputFiles([
      { name: 'my spectrum (1).fits', mimeType: 'application/octet-stream', buffer: bytes },
      { name: 'empty.dat', mimeType: 'application/octet-stream', buffer: Buffer.alloc(0) },
    ]);
    await page.getByText(/^Uploaded, 2\.50 MB/).waitFor();
    await page.getByText(/^Uploaded, 0 B/).waitFor();
    await page
      .getByRole('heading', { level: 1, name: /a dataset of 2 files, 2\.50 MB. All of it is at ALPHA-DISK/ })
      .waitFor();

    const [alone] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download my_spectrum_1_.fits' }).click(),
    ]);
    assert.deepEqual(readFileSync(await alone.path()), bytes);
    const [all] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download all (tar)' }).click(),
    ]);
    assert.equal(all.suggestedFilename(), 'seen.live.tar');
    const unpacked = execFileSync('tar', ['-xOf', await all.path(), 'seen.live/my_spectrum_1_.fits'], {
      maxBuffer: 1e8,
    });
    assert.deepEqual(unpacked, bytes);
  });

  test('a folder is dropped with the folders in it, and same names in them stay apart', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'leman-drop-')), 'run9');
    mkdirSync(join(folder, 'raw'), { recursive: true });
    writeFileSync(join(folder, 'notes.txt'), 'of the run');
    writeFileSync(join(folder, 'raw', 'notes.txt'), 'of the raw data');
    await lake.client.dids.add({ scope: 'sky', name: 'dropped' }, 'DATASET');
    await page.goto('/ui/data/sky/dropped');
    await dropOn(page, page.getByText('Drop files or folders here'), [folder]);
    await page.getByRole('link', { name: 'sky:run9/notes.txt', exact: true }).waitFor();
    await page.getByRole('link', { name: 'sky:run9/raw/notes.txt', exact: true }).waitFor();
    rmSync(join(folder, '..'), { recursive: true });
  });

  test('a container is where its datasets are', async () => {
    await page.goto('/ui/data/sky/survey');
    await page
      .getByRole('heading', { level: 1, name: /a container of 20 files, .* All of it is at ALPHA-DISK/ })
      .waitFor();
    const copies = page.getByRole('table', { name: 'Copies by storage' });
    await copies.getByRole('row', { name: /^BETA-DISK.*40 %.*8 of 20/ }).waitFor();
  });

  test('a scope that is not there is not said to be empty, and one can be made', async () => {
    await page.goto('/ui/data/nowhere');
    await page.getByRole('heading', { level: 1, name: 'There is no scope nowhere.' }).waitFor();
    await page.goto('/ui/data');
    await page.getByRole('button', { name: 'New scope' }).click();
    await page.getByLabel('Name').fill('physics');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.waitForURL(/\/ui\/data\/physics$/);
    await page.getByRole('heading', { level: 1, name: 'physics holds no dataset yet.' }).waitFor();
  });

  test('a rule is made with its plan in sight, and its page explains what is missing', async () => {
    const [victim] = globSync(`${lake.home}/storages/ALPHA-DISK/files/**/flat-002.fits`);
    rmSync(victim!);
    await page.goto('/ui/data/sky/survey.calibration');
    await page.getByRole('button', { name: 'Ask for copies' }).first().click();
    await page.getByRole('combobox', { name: 'Where' }).fill('ALPHA-FAST');
    await page.getByText('541 kB would move', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Make the rule' }).click();
    await page.waitForURL(/\/ui\/rules\/[0-9a-f]{32}$/);
    await page
      .getByText(/The file is not at ALPHA-DISK/)
      .first()
      .waitFor();
    await page
      .getByText(/3 of 4 copies are there/)
      .first()
      .waitFor();
    await page.getByRole('heading', { level: 1, name: /1 copy is held up/ }).waitFor();
    await page.getByText('Held up', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'sky:survey.calibration/flat-002.fits' }).waitFor();
    const errors = page.locator('details[open] code');
    await errors.first().waitFor();
    assert.notEqual(await errors.first().textContent(), '');
  });

  test('ending a rule wants its name, and can be undone', async () => {
    await page.getByRole('button', { name: 'Search the lake' }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Search the lake' }).waitFor();
    await page.keyboard.press('Escape');
    // The keyboard is back where it was: on the button, that is not the field of the search.
    await page.waitForFunction(() => document.activeElement?.matches('button[aria-label="Search the lake"]'));
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: /End this rule/ }).click();
    const end = page.getByRole('button', { name: 'End the rule' });
    assert.equal(await end.isDisabled(), true);
    await page.getByLabel(/Type survey\.calibration/).fill('survey.calibration');
    await end.click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Keep it' }).waitFor({ state: 'detached' });
  });

  test('old links lead to the page of today, an unknown one says so', async () => {
    await page.goto('/did?scope=sky&name=survey.night1%2Fm31-001.fits');
    await page.getByRole('heading', { level: 1, name: /m31-001\.fits is a file of 135 kB/ }).waitFor();
    await page.goto('/rule?rule_id=00000000000000000000000000000000');
    await page.getByRole('alert').waitFor();
    await page.goto('/');
    await page.waitForURL(/\/ui\/$/);
    await page.goto('/ui/no/such/page');
    await page.getByText('There is no such page').waitFor();
    await page.getByRole('link', { name: 'Rules', exact: true }).first().waitFor();
  });

  test('search finds scopes, names, storages, and says what it looked for in vain', async () => {
    await page.goto('/ui/');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('/');
    const field = page.getByRole('combobox', { name: 'Search the lake' });
    const hit = (name: RegExp) => page.getByRole('option', { name }).first();
    await field.fill('sky');
    await hit(/^sky\s*scope/).waitFor();
    await field.fill('night1');
    await hit(/^sky:survey\.night1\s*dataset/).waitFor();
    await field.fill('gamma');
    await hit(/^GAMMA-SLOW/).waitFor();
    await field.fill('no such thing');
    await page.getByText('Nothing in the lake matches “no such thing”.').waitFor();
    await field.fill('sky:survey.cal');
    await hit(/^sky:survey\.calibration/).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/data\/sky\/survey\.calibration/);
  });

  test('pages open while the lake does not answer, say so, and go on by themselves', async () => {
    await page.goto('/ui/?link=ALPHA-DISK%20ALPHA-FAST');
    await page.getByRole('dialog', { name: /ALPHA-DISK → ALPHA-FAST/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.search.includes('link='));
    await page.getByText('Live', { exact: true }).waitFor();
    const pieces = () =>
      page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    while (!(await pieces()).some((name) => name.includes('palette'))) await page.waitForTimeout(100);
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Rules', exact: true }).first().click();
    await page.getByRole('alert').getByText('The lake does not answer').waitFor();
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Search the lake' }).waitFor();
    await page.keyboard.press('Escape');
    await page.context().setOffline(false);
    await page.getByRole('link', { name: 'sky:survey.night1' }).first().waitFor();
  });

  test('a storage that closed itself says so, and why', async () => {
    await lake.client.rses.setAttribute('ALPHA-DISK', 'maxBadShare', 0);
    const name = 'survey.night1/m31-001.fits';
    await lake.client.replicas.declareBad([{ scope: 'sky', name, rse: 'ALPHA-DISK' }], 'rot');
    await page.goto('/ui/');
    await page.locator('#storages').getByText('Closed itself', { exact: true }).waitFor();
    await page.getByRole('link', { name: /ALPHA-DISK closed itself for writing and deletion/ }).waitFor();
    await lake.client.rses.update('ALPHA-DISK', { availability_write: true, availability_delete: true });
    await page.getByText('Closed itself', { exact: true }).waitFor({ state: 'detached' });
  });

  test('nothing broke the content policy or threw', () => {
    assert.deepEqual(page.complaints, []);
  });

  // Colours do not depend on the size: two of the four combinations see every colour and every layout.
  for (const [width, colorScheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    test(`axe finds nothing, and nothing is wider than the page: ${width} px, ${colorScheme}`, async () => {
      const [rule] = await Array.fromAsync(
        lake.client.rules.list({ name: 'survey.calibration', rse_expression: 'ALPHA-FAST' }),
      );
      const other = await openPage(browser, lake, {
        viewport: { width, height: 900 },
        colorScheme,
        reducedMotion: 'reduce',
        hasTouch: width < 500,
        isMobile: width < 500,
      });
      await other.goto('/ui/login');
      await other.getByRole('heading', { level: 1, name: 'Leman' }).waitFor();
      assert.deepEqual(await findViolations(other), []);
      await logIn(other, lake);
      const views: [string, RegExp][] = [
        ['/ui/', /storages? are|Nothing|file/],
        ['/ui/data', /scopes/],
        ['/ui/data/sky', /sky holds/],
        ['/ui/data/sky/survey.night1', /All of it is at/],
        ['/ui/data/sky/survey.night1%2Fm31-001.fits', /It is at/],
        ['/ui/storages', /storages at 3 sites/],
        ['/ui/storages/ALPHA-DISK', /ALPHA-DISK holds/],
        ['/ui/rules', /rules?:/],
        [`/ui/rules/${rule!.id}`, /copies are there/],
      ];
      for (const [path, says] of views) {
        await other.goto(path);
        await other.getByRole('heading', { level: 1, name: says }).waitFor();
        await other.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
        assert.deepEqual(await findViolations(other), [], path);
        const wider = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wider <= 0, `${path} is ${wider} px wider than the page`);
        if (width < 500)
          assert.deepEqual(await findSmallTargets(other), [], `${path}: too small for a finger`);
      }
      await other.goto('/ui/data/sky/survey.night1');
      await other.getByRole('button', { name: 'Ask for copies' }).first().click();
      await other.getByRole('combobox', { name: 'Where' }).fill('NO((');
      await other.getByRole('alert').waitFor();
      assert.deepEqual(await findViolations(other), [], 'asking for copies');
      await other.context().close();
    });
  }
});
