// Parses Markdown reports as a reader of GitHub's Markdown does: tables are whole, fences end, nothing is read as markup.
// usage: node markdown.mjs REPORT.md...
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The package is in the folder from which the script is called.
const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const MarkdownIt = require('markdown-it');
const markdown = new MarkdownIt({ html: true });

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  const tokens = markdown.parse(text, {});
  const of = (type) => tokens.filter((it) => it.type === type);
  assert.equal(of('heading_open')[0]?.tag, 'h2', 'the verdict comes first');
  // A row that does not fit its table would be a paragraph or a cell too few.
  const torn = of('inline').filter((it) => it.content.startsWith('| ') || it.content.includes('|---'));
  assert.deepEqual(torn.slice(0, 3).map((it) => it.content.slice(0, 120)), [], 'torn tables');
  let cells = 0;
  let columns = 0;
  for (const { type } of tokens) {
    if (type === 'thead_open') columns = 0;
    if (type === 'th_open') columns += 1;
    if (type === 'tr_open') cells = 0;
    if (type === 'td_open') cells += 1;
    if (type === 'tr_close' && cells > 0) assert.equal(cells, columns, 'cells of a row');
  }
  const blocks = of('html_block').map((it) => it.content.match(/<\/?[a-z]+/g) ?? []).flat();
  assert.deepEqual([...new Set(blocks)].sort(), ['</details', '</summary', '<details', '<summary'], 'HTML blocks');
  const count = (tag) => blocks.filter((it) => it === tag).length;
  assert.equal(count('<details'), count('</details'));
  const links = of('inline').flatMap((it) => it.children).filter((it) => ['link_open', 'image', 'html_inline'].includes(it.type));
  assert.deepEqual(links.slice(0, 3).map((it) => it.content), [], 'links, images and HTML in texts');
  console.log(`Markdown: ${file} has ${of('table_open').length} tables, ${of('tr_open').length} rows, ${of('fence').length} fences`);
}
