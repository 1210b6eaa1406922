// Opens the web UI of a Locust master in headless Chromium while its workers run, and waits for a step of ours.
// usage: node locust.mjs URL STEP
import assert from 'node:assert/strict';

import { launch } from '../../../judge/tests/page/browser.mjs';

const [url, step] = process.argv.slice(2);
const browser = await launch();
try {
  const page = await browser.newPage();
  // The caller begins the load now: on a busy machine a browser takes longer to start than a short load to end.
  console.log('browser started');
  const row = page.locator('tr', { hasText: step }).first();
  // The master takes a moment to listen, and a page that was opened before its load began never shows it.
  for (let attempt = 0; ; attempt += 1) {
    try {
      await page.goto(url);
      await row.waitFor({ timeout: 2_000 });
      break;
    } catch (error) {
      if (attempt >= 200) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
  const cells = await row.locator('td').allTextContents();
  assert.ok(cells.includes('POST') && cells.some((cell) => Number(cell) > 0), cells.join(' | '));
  console.log(`web UI: ${cells.slice(0, 3).join(' ')} requests`);
} finally {
  await browser.close();
}
