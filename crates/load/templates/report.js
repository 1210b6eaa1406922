{
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
  const { draw, milliseconds, plain, quartet } = plotting;
  const { time, distribution } = DATA;
  const seconds = 'seconds';
  if (time.length) {
    draw('Requests per second', time, seconds, [['responses', DATA.rps], ...(DATA.due ? [['due', DATA.due]] : []), ...DATA.classes.map((it) => [it.name, it.values])], plain);
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
  plotting.resize();
}
