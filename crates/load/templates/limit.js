if (DATA.rate.length) {
  const { draw, milliseconds, plain, quartet } = plotting;
  const perSecond = { x: { distr: 3 } };
  draw('Time from the intended start', DATA.rate, 'requests/s', quartet(DATA.times), milliseconds, perSecond);
  draw('Responses per second', DATA.rate, 'requests/s', [['responses', DATA.rps]], plain, perSecond);
  plotting.resize();
}
