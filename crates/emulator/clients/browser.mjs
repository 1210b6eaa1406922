// Pages in headless Chromium and the emulator: a page of another origin can neither control it nor read its state, and the
// SDKs in a page work. The packages are in the folder from which the script is called.
// usage: node browser.mjs ENDPOINT BUNDLE; BUNDLE is the bundled `browser_sdks.mjs`
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { chromium } = require('playwright-core');
const [endpoint, bundle] = process.argv.slice(2);
const { port } = new URL(endpoint);
const broadcast = require.resolve('amazon-ivs-web-broadcast');

// Asks the emulator with a Host of our choice; returns the status and the body.
function ask(method, path, host) {
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}${path}`, { method, headers: { host } }, (answer) => {
      let text = '';
      answer.on('data', (data) => { text += data; });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
const resources = async () => JSON.parse((await ask('GET', '/_emulator/health', `127.0.0.1:${port}`)).text).resources;

// A site of somebody else.
const site = createServer((asked, answer) => {
  const files = { '/sdks.js': bundle, '/broadcast.js': broadcast };
  const script = asked.url in files;
  answer.setHeader('content-type', script ? 'text/javascript' : 'text/html');
  answer.end(script ? readFileSync(files[asked.url]) : '<!doctype html><meta charset=utf-8><title>Another site</title>');
});
await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
const { port: sitePort } = site.address();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP evil.example 127.0.0.1',
    '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  ],
});

try {
  const context = await browser.newContext();
  // The SDKs in a page of another origin. Nothing but the emulator is asked.
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`http://localhost:${sitePort}/`);
  await page.addScriptTag({ url: '/sdks.js', type: 'module' });
  await page.waitForFunction(() => 'sdks' in window);
  const seen = await page.evaluate((url) => window.sdks(url), endpoint);
  assert.deepEqual([seen.error, seen.isOwnClass, seen.rooms], ['ResourceNotFoundException', true, 1]);
  assert.match(seen.requestId, /^[0-9a-f-]{36}$/);

  // The broadcast SDK takes a token of the emulator, and goes where it says.
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.addScriptTag({ url: '/broadcast.js' });
  const refused = await page.evaluate((token) => {
    const { Stage, SubscribeType } = window.IVSBroadcastClient;
    const strategy = {
      stageStreamsToPublish: () => [], shouldPublishParticipant: () => false, shouldSubscribeToParticipant: () => SubscribeType.NONE,
    };
    window.stage = new Stage(token, strategy);
    window.stage.join().catch(() => {});
    return new Promise((resolve) => { setTimeout(() => resolve(null), 1500); });
  }, seen.token).catch((error) => String(error));
  assert.equal(refused, null);
  assert.ok(sockets.some((url) => url.startsWith('wss://global.events.live-video.net')), `sockets: ${sockets}`);

  // A page of another origin, by three kinds of requests.
  const before = await resources();
  assert.ok(before > 0);
  let tried = 0;
  for (const origin of [`http://localhost:${sitePort}`, `http://127.0.0.1:${sitePort}`, `http://evil.example:${sitePort}`]) {
    await page.goto(`${origin}/`);
    const read = await page.evaluate(async (url) => {
      const texts = [];
      for (const path of ['capabilities', 'health', 'requests']) {
        texts.push(await fetch(`${url}/_emulator/${path}`).then((answer) => answer.text(), () => 'refused'));
      }
      await fetch(`${url}/_emulator/reset`, { method: 'POST', mode: 'no-cors', body: '{}' }).catch(() => {});
      await fetch(`${url}/_emulator/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"seconds":9}' }).catch(() => {});
      navigator.sendBeacon(`${url}/_emulator/reset`, '{}');
      return texts;
    }, endpoint);
    assert.deepEqual(read, ['refused', 'refused', 'refused'], origin);
    // A form, which needs no CORS.
    await page.evaluate((url) => {
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: `${url}/_emulator/reset`, target: 'frame', enctype: 'text/plain' });
      const frame = document.createElement('iframe');
      frame.name = 'frame';
      document.body.append(frame, form);
      return new Promise((resolve) => { frame.onload = resolve; form.submit(); });
    }, endpoint);
    tried += 7;
  }
  // A name that points at this machine (DNS rebinding): the page is of the same origin as the emulator.
  const rebound = await page.goto(`http://evil.example:${port}/_emulator/capabilities`);
  assert.equal(rebound.status(), 403);
  assert.equal(await page.evaluate(() => fetch('/_emulator/reset', { method: 'POST' }).then((answer) => answer.status)), 403);
  assert.equal((await ask('POST', '/_emulator/reset', 'evil.example')).status, 403);
  assert.equal((await ask('GET', '/_emulator/requests', `evil.example:${port}`)).status, 403);
  assert.equal(await resources(), before, 'something was reset');
  assert.deepEqual(errors, []);
  console.log(
    `browser: ${tried + 4} requests of other origins refused, ${before} resources kept; the SDKs of three services and the `
    + 'broadcast SDK work in a page',
  );
} finally {
  await browser.close();
  site.close();
}
