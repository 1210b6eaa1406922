// Opens the page of a run with a baseline in headless Chromium, offline: the states stand apart.
// usage: node baseline.mjs REPORT-FOLDER [SCREENSHOT-PREFIX]; one finding is new, one has expired, others are accepted, one
// entry is stale
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { accessibilityErrors, launch, open as openPage } from './browser.mjs';

const [folder, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(folder, 'report.html')).href;
const report = JSON.parse(readFileSync(resolve(folder, 'report.json'), 'utf8'));
const { baseline } = report;
assert.equal(baseline.new, 1);
assert.equal(baseline.expired, 1);
assert.equal(baseline.stale.length, 1);
assert.ok(baseline.accepted > 2);
const ids = (state) => report.findings.filter((it) => (it.baseline ?? 'other') === state).map((it) => it.identity).sort();

const browser = await launch();
try {
  for (const width of [1280, 400]) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, page, errors, asked } = await openPage(browser, url, { viewport: { width, height: 900 }, colorScheme });
      // The verdict block tells the numbers, and leads to each state.
      const counts = await page.locator('.states .state').allTextContents();
      const wanted = [`1 NEW`, `1 EXPIRED`, `1 STALE`, `${baseline.accepted} ACCEPTED`];
      assert.deepEqual(counts, wanted);
      const bottom = await page.evaluate(() => document.querySelector('.states').getBoundingClientRect().bottom);
      assert.ok(bottom <= 900, `the states end at ${bottom}, below the fold`);
      for (const state of ['new', 'expired', 'accepted']) {
        await page.locator(`.states a[href="#state-${state}"]`).click();
        const top = await page.locator(`#state-${state}`).evaluate((it) => it.getBoundingClientRect().top);
        assert.ok(top >= 0 && top < 900, `#state-${state} is at ${top}`);
        const within = await page.locator(`#state-${state} .finding`).evaluateAll((all) => all.map((it) => it.id).sort());
        assert.deepEqual(within, ids(state), state);
      }
      assert.match(await page.locator('#state-stale').textContent(), /content-type:ivs\.GetChannel:no-such-site\*/);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `scrolls sideways at ${width}`);
      await page.locator('#state-new .cause > summary').first().click();
      assert.deepEqual(await accessibilityErrors(page), [], 'accessibility');
      assert.deepEqual([errors, asked], [[], []]);
      // The filter by state leaves no empty section.
      await page.locator('#filters select[data-filter=state]').selectOption('new');
      assert.deepEqual(await page.locator('.finding:not([hidden])').evaluateAll((all) => all.map((it) => it.id)), ids('new'));
      assert.ok(await page.locator('#state-new').isVisible());
      assert.ok(!(await page.locator('#state-accepted').isVisible()));
      await page.locator('#filters button[type=reset]').click();
      await page.locator('#state-accepted').waitFor({ state: 'visible' });
      if (screenshots) await page.screenshot({ path: `${screenshots}-${width}-${colorScheme}.png` });
      await context.close();
    }
  }
  console.log(`page: ${ids('new').length} new, ${ids('expired').length} expired, ${baseline.accepted} accepted findings stand apart`);
} finally {
  await browser.close();
}
