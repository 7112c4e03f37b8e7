import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import type { RunningLake } from './start-lake.ts';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium of this machine; undefined when there is none. */
export const chromiumPath = [process.env.CHROMIUM ?? '', ...places].find((path) => path && existsSync(path));
export const noChromium = chromiumPath
  ? false
  : 'there is no Chromium on this machine (apt-get install chromium)';

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });

/** A page of its own session; what it complains of (also of the content policy) is gathered. */
export const openPage = async (
  browser: Browser,
  lake: RunningLake,
  options: BrowserContextOptions = {},
): Promise<Page & { complaints: string[] }> => {
  const context = await browser.newContext({
    baseURL: lake.url,
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Refusals that a test asks for are told by the browser too.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  return Object.assign(page, { complaints });
};

export const logIn = async (page: Page, { username, password }: { username: string; password: string }) => {
  await page.goto('/ui/login');
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => !url.pathname.includes('login'));
};

/** What axe finds, one line each; up to the strictest contrast. */
export const findViolations = async (page: Page): Promise<string[]> => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
  );
};

/** What can be pressed and is lower than 44 px; links in the middle of a text are as high as its lines. */
export const findSmallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const pressed =
      'button, input, summary, nav a, td a, [role="menuitem"], label[class*="SegmentedControl"]';
    return [...document.querySelectorAll<HTMLElement>(pressed)]
      .map((target) => ({ target, box: target.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && box.height > 1 && Math.round(box.height) < 44)
      .map(({ target, box }) => `${target.ariaLabel ?? target.textContent}: ${box.height} px`);
  });

/** Drops files and folders of this machine on a place, as a file manager does. */
export const dropOn = async (page: Page, place: Locator, files: string[]): Promise<void> => {
  await place.scrollIntoViewIfNeeded();
  const box = (await place.boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x: box.x + 5, y: box.y + 5, data });
};
