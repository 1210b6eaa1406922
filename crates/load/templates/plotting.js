// Plots with uPlot: colors of the page, a legend that the keyboard reaches, and the width of their place.
const plotting = (() => {
  const place = document.getElementById('plots');
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = ['--c1', '--c2', '--c3', '--c4', '--c5'];
  const milliseconds = (value) => (value === null || value === undefined ? '–' : value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value} ms`);
  const plain = (value) => (value === null || value === undefined ? '–' : String(value));
  const quartet = (times) => [['p50', times.p50], ['p95', times.p95], ['p99', times.p99], ['max', times.max]];
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
    // For tests and for the curious: the plot of a box.
    box.plot = plot;
  }

  // The first plot had the whole width while it was alone.
  const resize = () => plots.forEach(([plot, box]) => plot.setSize({ width: Math.max(280, box.clientWidth), height: 200 }));
  addEventListener('resize', resize);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach(([plot]) => plot.redraw()));
  return { draw, resize, milliseconds, plain, quartet };
})();
