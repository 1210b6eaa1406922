(() => {
  // Steps.
  const text = document.getElementById('step-text');
  const rows = all('#step-table tbody tr:not(.total)');
  document.getElementById('step-filter').hidden = rows.length < 2;
  text.addEventListener('input', () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const label = row.cells[0].textContent.toLowerCase();
      row.hidden = !words.every((word) => label.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById('step-count').textContent = words.length ? `${shown} of ${rows.length} steps` : '';
  });

  // Plots.
  const place = document.getElementById('plots');
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = ['--c1', '--c2', '--c3', '--c4', '--c5'];
  const milliseconds = (value) => (value === null || value === undefined ? '–' : value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value} ms`);
  const plain = (value) => (value === null || value === undefined ? '–' : String(value));
  const plots = [];

  function draw(title, x, xLabel, columns, format, options = {}) {
    const box = document.createElement('div');
    const head = document.createElement('h3');
    head.textContent = title;
    box.append(head);
    place.append(box);
    const axis = { stroke: () => color('--soft'), grid: { stroke: () => color('--line'), width: 1 }, ticks: { stroke: () => color('--line') } };
    const series = columns.map(([label, , isHidden], index) => ({
      label, show: !isHidden, stroke: () => color(palette[index % palette.length]), width: 1.5, spanGaps: false,
      value: (_, value) => format(value), points: { show: x.length < 60 },
    }));
    const plot = new uPlot({
      width: Math.max(280, box.clientWidth), height: 200,
      scales: { x: { time: false, ...(options.x ?? {}) }, y: options.y ?? { range: (_, low, high) => [0, Math.max(high * 1.05, 1e-3)] } },
      series: [{ label: xLabel, value: (_, value) => (options.xValue ?? plain)(value) }, ...series],
      axes: [{ ...axis, ...(options.xAxis ?? {}) }, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : format(+tick.toPrecision(6)))) }],
    }, [x, ...columns.map(([, values]) => values)], box);
    // The legend hides and shows a series, by keyboard, too.
    all('.u-legend tr', box).slice(1).forEach((row, index) => {
      const label = row.querySelector('th');
      const button = label.querySelector('.u-label');
      button.setAttribute('role', 'button');
      button.setAttribute('aria-pressed', String(series[index].show));
      button.tabIndex = 0;
      const toggled = () => setTimeout(() => button.setAttribute('aria-pressed', String(plot.series[index + 1].show)));
      label.addEventListener('click', toggled);
      button.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); label.click(); }
      });
    });
    plots.push([plot, box]);
    return plot;
  }

  const { time, distribution } = DATA;
  const seconds = 'seconds';
  const quartet = (times) => [['p50', times.p50], ['p95', times.p95], ['p99', times.p99], ['max', times.max]];
  if (time.length) {
    draw('Requests per second', time, seconds, [['requests', DATA.rps], ...DATA.classes.map((it) => [it.name, it.values])], plain);
    if (DATA.intended) draw('Time from the intended start', time, seconds, quartet(DATA.intended), milliseconds);
    draw('Service time', time, seconds, quartet(DATA.service), milliseconds);
    draw('Users, dropped arrivals, late requests', time, seconds, [['users', DATA.users], ['dropped', DATA.dropped], ['late', DATA.late]], plain);
  }
  if (distribution.service.length > 1) {
    // Quantiles as 1/(1-q): 1 is the minimum, 100 the 99th percentile.
    const spread = (points) => points.filter(([quantile]) => quantile < 1).map(([quantile, value]) => [1 / (1 - quantile), value]);
    const [service, intended] = [spread(distribution.service), spread(distribution.intended)];
    const x = [...new Set([...service, ...intended].map(([at]) => at))].sort((a, b) => a - b);
    const column = (points) => {
      let index = 0;
      return x.map((at) => {
        while (index + 1 < points.length && points[index + 1][0] <= at) index += 1;
        return points.length && at <= points.at(-1)[0] ? points[index][1] : null;
      });
    };
    const columns = [['service', column(service)]];
    if (intended.length) columns.unshift(['intended start', column(intended)]);
    const percentile = (at) => (at === null || at === undefined ? '–' : `p${+(100 * (1 - 1 / at)).toPrecision(7)}`);
    draw('Latency distribution', x, 'percentile', columns, milliseconds, {
      x: { distr: 3 }, xValue: percentile,
      xAxis: { values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : Number.isInteger(Math.log10(tick)) ? percentile(tick) : '')) },
    });
  }
  const resize = () => plots.forEach(([plot, box]) => plot.setSize({ width: Math.max(280, box.clientWidth), height: 200 }));
  // The first plot had the whole width while it was alone.
  resize();
  addEventListener('resize', resize);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach(([plot]) => plot.redraw()));
  window.loadPlots = plots.map(([plot]) => plot);
})();
