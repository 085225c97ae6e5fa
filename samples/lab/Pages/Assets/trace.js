(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const { rows, columns, steps } = data;
  const count = steps.length;
  const boards = [data.question, ...steps.map(s => s.board)];
  let at = 0;

  $('name').textContent = data.name;
  $('about').textContent = data.about;
  $('verdict').textContent = data.verdict ?? '';
  $('verdict').classList.toggle('valid', data.valid);
  $('page').hidden = false;

  // The board: a table, so that a screen reader walks it by row and column.
  const board = $('board');
  const size = Math.min(52, 466 / columns * 0.5);
  $('frame').style.setProperty('--columns', columns);
  $('frame').style.setProperty('--rows', rows);
  board.style.setProperty('--glyph', size + 'px');
  board.style.setProperty('--ring', Math.max(1, Math.min(3.5, size / 9)) + 'px');
  board.classList.toggle('small', columns > 12);
  const cells = [];
  for (let r = 0; r < rows; r++) {
    const row = element('tr', {}, board);
    for (let c = 0; c < columns; c++) {
      const cell = element('td', { 'data-cell': r * columns + c }, row);
      if (c === columns - 1) cell.classList.add('end-right'); else if ((c + 1) % data.boxColumns === 0) cell.classList.add('box-right');
      if (r === rows - 1) cell.classList.add('end-bottom'); else if ((r + 1) % data.boxRows === 0) cell.classList.add('box-bottom');
      cells.push({ cell, glyph: element('span', { class: 'glyph' }, cell), sure: element('span', { class: 'sure', 'aria-hidden': 'true' }, cell) });
    }
  }

  const isChanged = (step, i) => step > 0 && boards[step][i] !== boards[step - 1][i];
  const changes = boards.map((b, step) => b.filter((_, i) => isChanged(step, i)).length);

  function paint(step) {
    const sureness = step > 0 ? steps[step - 1].confidence : null;
    cells.forEach(({ cell, glyph, sure }, i) => {
      const token = boards[step][i], colour = data.colours[token];
      const given = data.given[i] && token === data.question[i], changed = isChanged(step, i);
      glyph.textContent = data.glyphs[token];
      sure.textContent = sureness && !given ? percent(sureness[i]).replace(' %', '') : '';
      cell.classList.toggle('given', given);
      cell.classList.toggle('blank', step === 0 && !given);
      cell.classList.toggle('changed', changed);
      const strength = sureness && !given ? Math.abs(sureness[i] - 0.5) * 2 : 0;
      cell.style.backgroundColor = colour ? `color-mix(in srgb, ${colour} ${sureness && !given ? 25 + 60 * sureness[i] : 85}%, var(--card))`
        : strength > 0 ? `color-mix(in srgb, var(${sureness[i] > 0.5 ? '--sure' : '--unsure'}) ${(28 * strength).toFixed(0)}%, var(--card))` : '';
      const where = `row ${Math.floor(i / columns) + 1}, column ${i % columns + 1}`;
      cell.title = sureness ? `${where}: ${percent(sureness[i])} sure` : where;
      cell.setAttribute('aria-label', `${data.glyphs[token]}${given ? ', given' : sureness ? `, ${percent(sureness[i])} sure` : ''}${changed ? ', changed' : ''}`);
    });
  }

  // Halting: probabilities over the steps.
  const halting = [['halt', 'var(--a)'], ['continue', 'var(--c)']]
    .map(([name, colour]) => ({ name, colour, dots: true, points: steps.map((s, i) => [i + 1, s[name]]).filter(p => p[1] !== null) }))
    .filter(s => s.points.length > 0);
  const stepTicks = steps.map((_, i) => [i + 1, String(i + 1)]).filter((_, i) => count <= 20 || i % Math.ceil(count / 16) === 0);
  const haltChart = lineChart({
    height: 132, series: halting, x: [0.5, count + 0.5], y: [0, 1], ticks: [[0, '0 %'], [0.5, '50 %'], [1, '100 %']], xTicks: stepTicks, format: percent,
    label: 'Probability of halting after each supervision step',
  });
  if (halting.length > 0) { $('halt').appendChild(haltChart); legend($('halt-legend'), halting); }

  // Residuals: one point an update, all steps in a row.
  const latents = new Map(), bands = [], starts = [];
  let position = 0;
  steps.forEach((step, i) => {
    starts.push(position);
    for (const [latent, change] of step.updates) {
      if (!latents.has(latent)) latents.set(latent, []);
      latents.get(latent).push([position + 0.5, change]);
      position++;
    }
    if (i % 2 === 1) bands.push([starts[i], position]);
  });
  starts.push(position);
  const residuals = [...latents].map(([name, points]) => ({ name, points, dots: true }));
  const all = residuals.flatMap(s => s.points.map(p => p[1])).filter(v => v !== null);
  const log = decades([...all, 0.01], percent);
  const residualChart = lineChart({
    height: 212, series: residuals, x: [0, Math.max(1, position)], y: log.y, log: true, ticks: log.ticks, bands, marks: [[0.01, 'settled: below 1 %']], format: percent,
    xTicks: stepTicks.map(([s, text]) => [(starts[s - 1] + starts[s]) / 2, (count <= 8 ? 'step ' : '') + text]), left: 58,
    label: 'Relative change of each latent after each update, on a logarithmic scale',
  });
  if (position > 0) { $('residuals').appendChild(residualChart); legend($('residual-legend'), residuals); }

  // A picture of each step's changes, to jump there.
  const strip = boards.map((_, step) => {
    const button = element('button', { type: 'button', 'aria-label': step === 0 ? 'The puzzle' : `Step ${step}: ${changes[step]} cells changed` }, $('strip'));
    const picture = svgElement('svg', { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: 'xMidYMid meet' }, button);
    boards[step].forEach((_, i) => {
      const fill = isChanged(step, i) ? 'var(--change)' : data.given[i] ? 'var(--quiet)' : null;
      if (fill) svgElement('rect', { x: i % columns + 0.08, y: Math.floor(i / columns) + 0.08, width: 0.84, height: 0.84, rx: 0.12, fill, opacity: fill === 'var(--quiet)' ? 0.35 : 1 }, picture);
    });
    button.appendChild(document.createTextNode(step === 0 ? 'puzzle' : `${step}: ${changes[step]}`));
    button.addEventListener('click', () => show(step));
    return button;
  });

  function lastChanges(step) {
    const last = new Map();
    for (const [latent, change] of steps[step - 1].updates) if (change !== null) last.set(latent, change);
    return last;
  }

  function show(step) {
    at = Math.max(0, Math.min(count, step));
    paint(at);
    $('time').value = at;
    const title = at === 0 ? 'The puzzle' : `Step ${at} of ${count}`;
    $('time').setAttribute('aria-valuetext', title);
    $('step-title').textContent = title;
    const mean = at > 0 ? steps[at - 1].confidence.reduce((a, b) => a + b, 0) / cells.length : 0;
    $('step-facts').textContent = at === 0 ? `${data.given.filter(g => g).length} cells given` : `${changes[at]} changed · ${percent(mean)} sure on average`;
    haltChart.cursor(at === 0 ? null : at);
    if (at > 0) residualChart.now(starts[at - 1], starts[at]); else residualChart.now(0, 0);
    const now = at > 0 ? steps[at - 1] : null;
    const halt = now === null || now.halt === null ? '' : `Halts with ${percent(now.halt)}${now.continue === null ? '' : `, goes on with ${percent(now.continue)}`}. `;
    $('halt-text').textContent = halting.length === 0 ? 'This model has no halting head.'
      : halt + (data.haltsAt === null ? `It would run all ${count} steps.` : `By its rule it would halt after step ${data.haltsAt}.`);
    const moved = at > 0 ? [...lastChanges(at)] : [];
    const settled = moved.length > 0 && moved.every(([, change]) => change < 0.01);
    $('residual-text').textContent = moved.length === 0 ? 'Each dot is one update of a latent: the norm of its change over its norm before.'
      : `The last updates of step ${at} change ${moved.map(([latent, change]) => `${latent} by ${percent(change)}`).join(', ')}: ${settled ? 'a fixed point' : 'not a fixed point'}.`;
    strip.forEach((button, i) => button.setAttribute('aria-current', String(i === at)));
    $('first').disabled = $('back').disabled = at === 0;
    $('last').disabled = $('forward').disabled = at === count;
  }

  $('time').max = count;
  $('time').addEventListener('input', () => show(Number($('time').value)));
  $('first').addEventListener('click', () => show(0));
  $('back').addEventListener('click', () => show(at - 1));
  $('forward').addEventListener('click', () => show(at + 1));
  $('last').addEventListener('click', () => show(count));
  document.addEventListener('keydown', event => {
    // The slider moves by itself.
    if (event.target === $('time') || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
  // trace.html#2 opens at step 2.
  const asked = () => show(Number(location.hash.slice(1)) || 0);
  addEventListener('hashchange', asked);
  asked();
})();
