(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  document.getElementById('name').textContent = data.name;
  const place = p => (p.step - 1) * data.updates + p.update - 0.5;
  const bands = [], xTicks = [];
  for (let s = 0; s < data.steps; s++) {
    if (s % 2 === 1) bands.push([s * data.updates, (s + 1) * data.updates]);
    if (data.steps <= 20 || s % 4 === 0) xTicks.push([(s + 0.5) * data.updates, (data.steps <= 8 ? 'step ' : '') + (s + 1)]);
  }

  function card(title) {
    const section = element('section', { class: 'card' }, document.getElementById('cards'));
    const head = element('div', { class: 'head' }, section);
    element('h2', {}, head, title);
    return { section, key: element('span', {}, head) };
  }

  const range = [0, data.steps * data.updates];
  const residuals = data.latents.map(l => ({ name: l.name, dots: true, points: l.points.map(p => [place(p), p.residual]) }));
  const log = decades([...residuals.flatMap(s => s.points.map(p => p[1])), 0.01], percent);
  const first = card('Residual: mean relative change at each update');
  first.section.appendChild(lineChart({ series: residuals, x: range, y: log.y, log: true, ticks: log.ticks, bands, xTicks, marks: [[0.01, 'settled: below 1 %']], format: percent, left: 58, label: 'Residual of each latent after each update' }));
  legend(first.key, residuals);

  const ratios = data.latents.map(l => ({ name: l.name, dots: true, points: l.points.map(p => [place(p), p.ratio]) }));
  const most = Math.max(1, ...ratios.flatMap(s => s.points.map(p => p[1])));
  const second = card('Participation ratio: directions in use');
  second.section.appendChild(lineChart({ series: ratios, x: range, y: [0, most], ticks: [[0, '0'], [most / 2, short(most / 2)], [most, short(most)]], bands, xTicks, left: 58, label: 'Participation ratio of each latent after each update' }));
  legend(second.key, ratios);

  // A puzzle's way in the plane of the first two components, from the first update (small dot) to the last (large dot).
  data.latents.forEach(latent => {
    const { section, key } = card(`The way of ${latent.name}`);
    key.className = 'quiet';
    key.textContent = `${percent(latent.explained[0])} and ${percent(latent.explained[1])} of the variance`;
    const xs = latent.points.flatMap(p => p.at.filter((_, i) => i % 2 === 0)), ys = latent.points.flatMap(p => p.at.filter((_, i) => i % 2 === 1));
    const [width, height, edge] = [560, 330, 16];
    const scale = (v, all, size) => edge + (v - Math.min(...all)) / (Math.max(...all) - Math.min(...all) || 1) * (size - 2 * edge);
    const svg = svgElement('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Principal components of ${latent.name} over the updates` }, section);
    for (let puzzle = 0; puzzle < latent.points[0].at.length / 2; puzzle++) {
      const way = latent.points.map(p => [scale(p.at[2 * puzzle], xs, width), height - scale(p.at[2 * puzzle + 1], ys, height)]);
      const colour = COLOURS[puzzle % COLOURS.length];
      svgElement('polyline', { class: 'path', stroke: colour, points: way.map(p => p.map(v => v.toFixed(1)).join(',')).join(' ') }, svg);
      way.forEach((p, i) => {
        const dot = svgElement('circle', { cx: p[0].toFixed(1), cy: p[1].toFixed(1), r: i === way.length - 1 ? 5 : 2, fill: colour }, svg);
        svgElement('title', {}, dot, `puzzle ${puzzle + 1}, step ${latent.points[i].step}, update ${latent.points[i].update}`);
      });
    }
  });
})();
