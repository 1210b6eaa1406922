(() => {
  // Anchors open what they name.
  const open = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* An anchor that is not encoded. */ }
    let target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', open);

  // Filters.
  const form = document.getElementById('filters');
  const causes = all('.cause');
  const findings = all('.finding');
  let only = null;
  const filter = () => {
    if (!form) return;
    const words = document.getElementById('filter-text').value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = all('select', form).filter((it) => it.value).map((it) => [it.dataset.filter, it.value]);
    const isFiltered = words.length > 0 || chosen.length > 0 || only;
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      let fits = chosen.every(([key, value]) => data[key] === value);
      if (fits && only) fits = data.operation === only.operation && data.suite === only.suite;
      if (fits && words.length) {
        finding.text ??= finding.textContent.toLowerCase();
        fits = words.every((word) => finding.text.includes(word));
      }
      finding.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    let left = 0;
    for (const cause of causes) {
      const has = all('.finding:not([hidden])', cause).length > 0;
      cause.hidden = Boolean(isFiltered) && !has;
      left += cause.hidden ? 0 : 1;
    }
    for (const group of all('.group:not(.stale)')) group.hidden = all('.cause:not([hidden])', group).length === 0;
    const where = only ? ` of ${only.operation}, ${only.suite}` : '';
    document.getElementById('filter-count').textContent = isFiltered ? `${left} causes, ${shown} findings${where}` : '';
  };
  if (form) {
    form.hidden = false;
    form.addEventListener('input', filter);
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('reset', () => setTimeout(() => { only = null; filter(); }));
    document.addEventListener('keydown', (event) => {
      const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        document.getElementById('filter-text').focus();
      } else if (event.key === 'Escape' && form.contains(event.target)) {
        form.reset();
        event.target.blur();
      }
    });
  }

  // The matrix: one Tab stop, arrows move, Enter filters.
  const grid = document.querySelector('.grid');
  if (grid) {
    const suites = grid.dataset.suites.split(',');
    const labels = all('.suite', grid);
    const columns = [];
    for (const node of grid.children) {
      if (node.classList.contains('op')) columns.push({ name: node.dataset.op, node, cells: [] });
      else if (node.tagName === 'I') columns.at(-1).cells.push(node);
    }
    const status = document.getElementById('matrix-status');
    const states = { p: 'passed', f: 'errors', w: 'warnings', i: 'indeterminate', s: 'skipped', u: 'not implemented', n: 'no case' };
    const isUpright = () => getComputedStyle(labels[0]).writingMode === 'horizontal-tb';
    // Readers of the screen want rows. They do not change the place of a cell.
    const newRow = (role, heads) => {
      const row = document.createElement('div');
      row.className = 'row';
      row.setAttribute('role', 'row');
      heads.forEach((head) => head.setAttribute('role', role));
      row.append(...heads);
      grid.append(row);
      return row;
    };
    newRow('columnheader', columns.map((column) => column.node));
    labels.forEach((label, y) => newRow('rowheader', [label]).append(...columns.map((column) => column.cells[y])));
    grid.setAttribute('role', 'grid');
    grid.setAttribute('aria-label', 'Operations by suites');
    const place = new Map();
    columns.forEach((column, x) => column.cells.forEach((cell, y) => {
      place.set(cell, [x, y]);
      const [passed, failed, indeterminate, skipped] = cell.dataset.n.split(',');
      const counts = cell.dataset.n ? `: ${passed} passed, ${failed} failed, ${indeterminate} indeterminate, ${skipped} skipped` : '';
      cell.label = `${column.name}, ${suites[y]}: ${states[cell.className]}${counts}`;
      cell.setAttribute('role', 'gridcell');
      cell.setAttribute('aria-label', cell.label);
      cell.tabIndex = x === 0 && y === 0 ? 0 : -1;
    }));
    const show = (cell) => {
      all('.at', grid).forEach((node) => node.classList.remove('at'));
      const at = place.get(cell);
      if (!at) return;
      columns[at[0]].node.classList.add('at');
      labels[at[1]].classList.add('at');
      status.textContent = cell.label;
    };
    const choose = (cell) => {
      const [x, y] = place.get(cell);
      only = { operation: columns[x].name, suite: suites[y] };
      filter();
      if (form) form.scrollIntoView({ block: 'start' });
    };
    grid.addEventListener('mouseover', (event) => show(event.target));
    grid.addEventListener('focusin', (event) => show(event.target));
    grid.addEventListener('click', (event) => { if (place.has(event.target)) choose(event.target); });
    grid.addEventListener('keydown', (event) => {
      const at = place.get(event.target);
      if (!at) return;
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(event.target); return; }
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      let move = moves[event.key];
      if (!move) return;
      if (!isUpright()) move = [move[1], move[0]];
      const next = columns[at[0] + move[0]]?.cells[at[1] + move[1]];
      event.preventDefault();
      if (!next) return;
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }
  open();
})();
