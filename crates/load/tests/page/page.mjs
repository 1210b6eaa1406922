// Opens the page of a load run in headless Chromium, offline, and uses it as a reader does.
// usage: node page.mjs PAGE LIMIT-PAGE [SCREENSHOT-PREFIX]
// PAGE is of an open loop with at least two steps and three seconds, LIMIT-PAGE of a search for the limit.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { accessibilityErrors, launch, open as openPage } from '../../../judge/tests/page/browser.mjs';

const [file, limitFile, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const limitUrl = pathToFileURL(resolve(limitFile)).href;
const browser = await launch();
const open = (options, address = url) => openPage(browser, address, options);

/** Returns the share of the canvas of a plot that is painted. */
const painted = (plot) => plot.locator('canvas').evaluate((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 3; at < data.length; at += 4) count += data[at] ? 1 : 0;
  return count / (canvas.width * canvas.height);
});

try {
  for (const width of [1280, 400]) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, page, errors, asked } = await open({ viewport: { width, height: 900 }, colorScheme });
      const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scroll <= width, `scrolls sideways at ${width}: ${scroll}`);
      assert.equal(await page.locator('h1').count(), 1);
      if (screenshots) await page.screenshot({ path: `${screenshots}-${width}-${colorScheme}.png`, fullPage: true });
      const titles = await page.locator('#plots h3').allTextContents();
      for (const title of ['Requests per second', 'Time from the intended start', 'Service time', 'Latency distribution']) {
        assert.ok(titles.includes(title), `${title} in ${titles}`);
      }
      for (const plot of await page.locator('.uplot').all()) {
        const box = await plot.boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= width, `a plot from ${box.x} of width ${box.width} at ${width}`);
        assert.ok(await painted(plot) > 0.01, 'an empty plot');
      }

      // The legend shows the values under the pointer.
      const plot = page.locator('#plots > div', { hasText: 'Time from the intended start' }).first();
      await plot.scrollIntoViewIfNeeded();
      const over = await plot.locator('.u-over').boundingBox();
      await page.mouse.move(over.x + over.width / 2, over.y + over.height / 2);
      const values = () => plot.locator('.u-legend .u-value').allTextContents();
      await page.waitForFunction((box) => box.querySelector('.u-legend .u-value').textContent.match(/\d/), await plot.elementHandle());
      assert.match((await values()).slice(1).join(' '), /\d+(\.\d+)? m?s/, 'the legend shows times');

      // The keyboard and the pointer hide and show a series.
      const button = plot.locator('.u-legend [role=button]').last();
      const isShown = () => plot.evaluate((box) => box.plot.series.at(-1).show);
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
      const before = await painted(plot);
      await button.focus();
      await page.keyboard.press('Enter');
      assert.equal(await isShown(), false);
      await page.waitForFunction((it) => it.getAttribute('aria-pressed') === 'false', await button.elementHandle());
      assert.notEqual(await painted(plot), before, 'the plot is drawn anew');
      await button.click();
      assert.equal(await isShown(), true);

      // The table of steps narrows to what the filter says.
      const rows = page.locator('#step-table tbody tr:visible');
      const all = await rows.count();
      const label = await rows.first().locator('th').textContent();
      await page.fill('#step-text', label);
      const narrowed = await rows.count();
      assert.ok(narrowed >= 2 && narrowed < all, `${narrowed} of ${all} rows for ${label}`);
      assert.match(await page.locator('#step-count').textContent(), /^\d+ of \d+ steps$/);
      await page.fill('#step-text', '');
      assert.equal(await rows.count(), all);

      assert.deepEqual(await accessibilityErrors(page), [], 'accessibility');
      assert.deepEqual([errors, asked], [[], []]);
      await context.close();
    }
  }

  // The page of a search for the limit has a plot and a link to each trial.
  for (const width of [1280, 400]) {
    const { context, page, errors, asked } = await open({ viewport: { width, height: 900 } }, limitUrl);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width);
    for (const plot of await page.locator('.uplot').all()) assert.ok(await painted(plot) > 0.01, 'an empty plot');
    assert.deepEqual(await accessibilityErrors(page), [], 'accessibility of the limit page');
    if (screenshots) await page.screenshot({ path: `${screenshots}-limit-${width}.png`, fullPage: true });
    await page.locator('tbody a').first().click();
    await page.waitForSelector('#step-table');
    assert.deepEqual([errors, asked], [[], []]);
    await context.close();
  }

  // Without script the tables remain, and a line says where the numbers are.
  const plain = await open({ viewport: { width: 400, height: 900 }, javaScriptEnabled: false });
  assert.ok(await plain.page.locator('noscript').count() && await plain.page.locator('#step-table tr').count() > 2);
  console.log('load page: opened offline at 1280 and 400 pixels, hovered, toggled, filtered');
} finally {
  await browser.close();
}
