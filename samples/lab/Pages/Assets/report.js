(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const steps = [...new Set(data.curves.flatMap(c => c.points.map(p => p[0])))].sort((a, b) => a - b);
  document.getElementById('name').textContent = data.run;
  document.getElementById('about').textContent = `${data.curves.length} curves over ${data.x} ${short(steps[0])} to ${short(steps[steps.length - 1])} · point at a chart, or move through it with the arrow keys`;
  const cards = [];
  let at = null; // a place in steps, the same in all charts; null is the end

  data.curves.forEach((curve, i) => {
    const card = element('figure', { class: 'card', tabindex: 0, role: 'slider', 'aria-label': curve.name, 'aria-valuemin': steps[0], 'aria-valuemax': steps[steps.length - 1] }, document.getElementById('charts'));
    const head = element('div', { class: 'head' }, card);
    element('h2', {}, head, curve.name);
    const value = element('span', { class: 'value num' }, head);
    const flat = curve.least === curve.most;
    const y = flat ? [curve.least - 1, curve.most + 1] : [curve.least, curve.most];
    const chart = lineChart({
      width: 340, height: 130, left: 58, x: [steps[0], steps[steps.length - 1]], y, label: curve.name,
      ticks: flat ? [[curve.least, short(curve.least)]] : [[curve.least, short(curve.least)], [curve.most, short(curve.most)]],
      xTicks: steps.length > 1 ? [[steps[0], short(steps[0])], [steps[steps.length - 1], short(steps[steps.length - 1])]] : [[steps[0], short(steps[0])]],
      series: [{ name: curve.name, points: curve.points, colour: COLOURS[i % COLOURS.length] }],
    });
    card.appendChild(chart);
    const range = element('p', { class: 'range quiet num' }, card, `min ${short(curve.least)} · max ${short(curve.most)} · last ${short(curve.points[curve.points.length - 1][1])}`);
    cards.push({ card, chart, value, curve, range });
    chart.addEventListener('pointermove', event => show(nearest(steps, chart.valueAt(event.clientX))));
    chart.addEventListener('pointerleave', () => show(null));
    card.addEventListener('keydown', event => {
      const here = at ?? steps.length - 1;
      const stride = Math.max(1, Math.round(steps.length / 50));
      const to = { ArrowLeft: here - stride, ArrowRight: here + stride, Home: 0, End: steps.length - 1, Escape: null }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(to === null ? null : Math.max(0, Math.min(steps.length - 1, to)));
    });
  });

  function nearest(sorted, x) {
    let best = 0;
    sorted.forEach((s, i) => { if (Math.abs(s - x) < Math.abs(sorted[best] - x)) best = i; });
    return best;
  }

  function show(place) {
    at = place;
    for (const { card, chart, value, curve } of cards) {
      const points = curve.points;
      const point = place === null ? points[points.length - 1] : points[nearest(points.map(p => p[0]), steps[place])];
      chart.cursor(place === null ? null : point[0]);
      value.textContent = short(point[1]);
      card.setAttribute('aria-valuenow', point[0]);
      card.setAttribute('aria-valuetext', `${data.x} ${short(point[0])}: ${short(point[1])}`);
    }
    document.title = `${data.run}: training curves` + (place === null ? '' : ` at ${data.x} ${short(steps[place])}`);
  }
  show(null);
})();
