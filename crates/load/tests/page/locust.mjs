// Opens the web UI of a Locust master in headless Chromium while its workers run, and waits for a step of ours.
// usage: node locust.mjs URL STEP
import assert from 'node:assert/strict';

import { launch } from '../../../judge/tests/page/browser.mjs';

const [url, step] = process.argv.slice(2);
// The master takes a moment to listen.
for (let attempt = 0; ; attempt += 1) {
  try {
    await fetch(url);
    break;
  } catch (error) {
    if (attempt >= 200) throw error;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}
const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(url);
  const row = page.locator('tr', { hasText: step }).first();
  await row.waitFor({ timeout: 30_000 });
  const cells = await row.locator('td').allTextContents();
  assert.ok(cells.includes('POST') && cells.some((cell) => Number(cell) > 0), cells.join(' | '));
  console.log(`web UI: ${cells.slice(0, 3).join(' ')} requests`);
} finally {
  await browser.close();
}
