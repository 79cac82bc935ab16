// Makes the README's pictures: node screenshots.mjs BIN WEB CHROMIUM FOLDER [REPORT.html].

import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { Stacks } from './stack.mjs';

const [bin, web, executablePath, folder, report] = process.argv.slice(2);
const WARM_FLIPS = 10; // a first click pays for connections and cold code

async function shootShop(browser, stacks) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(`${stacks.origins.unified}/p/p000007`);
  for (let i = 0; i <= WARM_FLIPS * 2; i++) {
    const architecture = ['microservices', 'unified'][i % 2];
    await page.locator(`#toggle input[value=${architecture}]`).check();
    await page.locator(`.price-row.current[data-architecture=${architecture}]`).waitFor();
  }
  await page.locator('#price summary').click();
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path: join(folder, 'shop.png') });
}

async function shootReport(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(pathToFileURL(resolve(report)).href);
  await page.locator('.contents').getByRole('link', { name: 'Latency' }).click();
  // Past the section's text, to its first table.
  await page.getByRole('heading', { name: 'p50', exact: true }).first()
    .evaluate((heading) => heading.scrollIntoView({ behavior: 'instant', block: 'start' }));
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, 'report.png') });
}

const stacks = new Stacks(bin, web);
let browser;
try {
  await stacks.up();
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  await shootShop(browser, stacks);
  if (report) await shootReport(browser);
} finally {
  await browser?.close();
  await stacks.down();
}
