// Opens a report page in headless Chromium, offline, and uses it as a reader does.
// usage: node page.mjs PAGE [SCREENSHOT-PREFIX]; PAGE shows at least two causes
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { accessibilityErrors, launch, open as openPage } from './browser.mjs';

const [file, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const browser = await launch();

const visible = (page, selector) => page.locator(`${selector}:visible`).count();
const open = (options, address = url) => openPage(browser, address, options);

try {
  for (const width of [1280, 400]) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, page, errors, asked } = await open({ viewport: { width, height: 900 }, colorScheme });
      const [scroll, bottom] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.querySelector('.grid')?.getBoundingClientRect().bottom ?? 0,
      ]);
      assert.ok(scroll <= width, `scrolls sideways at ${width}: ${scroll}`);
      if (width === 1280) assert.ok(bottom > 0 && bottom <= 900, `the matrix ends at ${bottom}, below the fold`);
      assert.equal((await page.locator('h1').count()), 1);
      if (screenshots) await page.screenshot({ path: `${screenshots}-${width}-${colorScheme}.png` });
      await page.locator('.cause > summary').first().click();
      await page.locator('.cause[open] .finding > summary').first().click();
      assert.deepEqual(await accessibilityErrors(page), [], 'accessibility');
      assert.deepEqual([errors, asked], [[], []]);
      await context.close();
    }
  }

  const { context, page } = await open({
    viewport: { width: 1280, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'],
  });
  const causes = await visible(page, '.cause');
  assert.ok(causes >= 2, `${causes} causes`);

  // `/` goes to the filter, which narrows the causes; Escape clears it.
  const check = (await page.locator('.cause b').last().textContent()).split(',')[0];
  await page.keyboard.press('/');
  await page.keyboard.type(check);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-text');
  const filtered = await visible(page, '.cause');
  assert.ok(filtered >= 1 && filtered < causes, `${filtered} of ${causes} causes for "${check}"`);
  assert.match(await page.locator('#filter-count').textContent(), new RegExp(`^${filtered} causes?, `));
  await page.keyboard.press('Escape');
  await page.waitForFunction((all) => document.querySelectorAll('.cause:not([hidden])').length === all, causes);

  // A choice narrows them, too.
  const select = page.locator('#filters select').first();
  await select.selectOption({ index: 1 });
  assert.ok((await visible(page, '.cause')) < causes || (await page.locator('.finding:not([hidden])').count()) > 0);
  await page.locator('#filters button[type=reset]').click();

  // Few Tab stops before the causes: the matrix is one.
  await page.locator('.skip').focus();
  let stops = 0;
  while (stops < 60 && !(await page.evaluate(() => document.activeElement.id === 'filter-text'))) {
    await page.keyboard.press('Tab');
    stops += 1;
  }
  assert.ok(stops <= 12, `${stops} Tab stops before the filters`);

  // Arrows move in the matrix, Enter filters by operation and suite.
  const failed = page.locator('.grid i.f').first();
  await failed.focus();
  const before = await page.locator('#matrix-status').textContent();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.locator('#matrix-status').textContent(), before);
  await page.keyboard.press('Enter');
  const [operation, suite] = before.split(': ')[0].split(', ');
  assert.match(await page.locator('#filter-count').textContent(), new RegExp(`of ${operation}, ${suite}$`));
  const others = await page.locator(`.finding:not([hidden]):not([data-operation="${operation}"])`).count();
  assert.equal(others, 0, 'findings of other operations');
  await page.locator('#filters button[type=reset]').click();

  // An anchor opens what it names, in a fresh page, too.
  const finding = page.locator('.finding').last();
  const [id, href] = [await finding.getAttribute('id'), await finding.locator('.anchor').getAttribute('href')];
  const direct = await open({ viewport: { width: 1280, height: 900 } }, url + href);
  assert.ok(await direct.page.evaluate((it) => document.getElementById(it).open, id), `${href} opens ${id}`);
  assert.ok(await direct.page.locator(`[id="${id}"] > summary`).isVisible());
  await direct.context.close();

  // The copy button of a replay line copies that line.
  await page.locator('.cause > summary').first().click();
  const line = page.locator('.cause[open] code[data-copy]').filter({ hasText: 'replay' }).first();
  await line.locator('xpath=following-sibling::button').first().click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await line.textContent());
  await context.close();

  // Without script it is a plain list.
  const plain = await open({ viewport: { width: 400, height: 900 }, javaScriptEnabled: false });
  assert.equal(await visible(plain.page, '.cause'), causes);
  assert.equal(await visible(plain.page, '#filters'), 0);
  console.log(`page: ${causes} causes, opened offline at 1280 and 400 pixels, filtered, followed, copied`);
} finally {
  await browser.close();
}
