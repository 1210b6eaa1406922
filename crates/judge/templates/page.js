'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const copy = async (text) => {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* No permission: the older way. */ }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
};

// A page may have thousands of texts to copy: each gets its button when its place is opened.
const addCopyButtons = (root) => all('[data-copy]', root).forEach((source) => {
  const closed = source.closest('details:not([open])');
  if (source.dataset.copy || (closed && closed !== root)) return;
  source.dataset.copy = 'ready';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    button.textContent = await copy(source.textContent) ? 'Copied' : 'Copy failed';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  source.after(button);
});
addCopyButtons(document);
document.addEventListener('toggle', (event) => { if (event.target.open) addCopyButtons(event.target); }, true);
