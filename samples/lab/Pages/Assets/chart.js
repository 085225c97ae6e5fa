'use strict';
// Line charts as SVG: as much as these pages need, and no library.
const COLOURS = ['var(--a)', 'var(--b)', 'var(--c)', 'var(--d)', 'var(--e)', 'var(--f)'];

function svgElement(name, attributes, parent, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function element(name, attributes, parent, text) {
  const node = document.createElement(name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function percent(value) {
  const p = 100 * value;
  return (p >= 9.95 ? p.toFixed(p > 99.5 && p < 99.95 ? 1 : 0) : p >= 0.095 ? p.toFixed(1) : p === 0 ? '0' : p.toPrecision(1)) + ' %';
}

function short(value) {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return value.toLocaleString('en');
  return size >= 1000 || size < 0.001 ? value.toExponential(2) : value.toPrecision(4);
}

// options: width, height, series [{ name, colour, points [[x, y]], dots }], x [from, to], y [from, to], log, ticks [[y, text]], xTicks [[x, text]],
// bands [[from, to]], marks [[y, text]], label. Returns the svg; svg.cursor(x) moves the line, svg.now(from, to) the highlighted band.
function lineChart(options) {
  const { width = 560, height = 190, series, x, label } = options;
  const box = { left: options.left ?? 46, right: 12, top: 10, bottom: options.xTicks ? 24 : 8 };
  const scale = options.log ? Math.log10 : v => v;
  const [y0, y1] = options.y.map(scale);
  const [x0, x1] = x[0] === x[1] ? [x[0] - 1, x[1] + 1] : x;
  const px = v => box.left + (v - x0) / (x1 - x0) * (width - box.left - box.right);
  const py = v => height - box.bottom - (y1 === y0 ? 0.5 : (scale(v) - y0) / (y1 - y0)) * (height - box.top - box.bottom);
  const svg = svgElement('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  const bottom = height - box.bottom;
  for (const [from, to] of options.bands ?? []) {
    svgElement('rect', { class: 'band', x: px(from), y: box.top, width: px(to) - px(from), height: bottom - box.top }, svg);
  }
  const now = svgElement('rect', { class: 'now', y: box.top, height: bottom - box.top, width: 0, rx: 3 }, svg);
  for (const [value, text] of options.ticks) {
    svgElement('line', { class: 'rule', x1: box.left, x2: width - box.right, y1: py(value), y2: py(value) }, svg);
    svgElement('text', { x: box.left - 8, y: py(value) + 4, 'text-anchor': 'end' }, svg, text);
  }
  for (const [value, text] of options.xTicks ?? []) {
    svgElement('text', { x: px(value), y: height - 6, 'text-anchor': 'middle' }, svg, text);
  }
  for (const [value, text] of options.marks ?? []) {
    svgElement('line', { class: 'mark', x1: box.left, x2: width - box.right, y1: py(value), y2: py(value) }, svg);
    svgElement('text', { x: box.left + 6, y: py(value) - 5 }, svg, text);
  }
  const cursor = svgElement('line', { class: 'cursor', y1: box.top, y2: bottom, visibility: 'hidden' }, svg);
  series.forEach((line, i) => {
    const colour = line.colour ?? COLOURS[i % COLOURS.length];
    const points = line.points.filter(p => p[1] !== null && (!options.log || p[1] > 0));
    svgElement('polyline', { class: 'line', stroke: colour, points: points.map(p => `${px(p[0]).toFixed(1)},${py(p[1]).toFixed(1)}`).join(' ') }, svg);
    if (line.dots || points.length === 1) {
      for (const p of points) {
        const dot = svgElement('circle', { cx: px(p[0]).toFixed(1), cy: py(p[1]).toFixed(1), r: points.length > 80 ? 1.8 : 3.2, fill: colour }, svg);
        svgElement('title', {}, dot, `${line.name}: ${options.format ? options.format(p[1]) : short(p[1])}`);
      }
    }
  });
  svg.cursor = value => {
    cursor.setAttribute('visibility', value === null ? 'hidden' : 'visible');
    if (value !== null) { cursor.setAttribute('x1', px(value)); cursor.setAttribute('x2', px(value)); }
  };
  svg.now = (from, to) => { now.setAttribute('x', px(from)); now.setAttribute('width', Math.max(0, px(to) - px(from))); };
  svg.valueAt = clientX => {
    const frame = svg.getBoundingClientRect();
    return x0 + ((clientX - frame.left) * width / frame.width - box.left) / (width - box.left - box.right) * (x1 - x0);
  };
  return svg;
}

// A logarithmic range around some positive values, with its powers of ten as ticks.
function decades(values, format) {
  const positive = values.filter(v => v > 0);
  const y = [Math.min(...positive) / 1.6, Math.max(...positive) * 1.6];
  const from = Math.ceil(Math.log10(y[0])), to = Math.floor(Math.log10(y[1]));
  const ticks = [];
  for (let e = from; e <= to; e += Math.max(1, Math.ceil((to - from) / 5))) ticks.push([10 ** e, format(10 ** e).replace('.0 ', ' ')]);
  return { y, ticks };
}

function legend(parent, series) {
  series.forEach((line, i) => {
    const key = element('span', { class: 'key' }, parent);
    element('i', { style: `background:${line.colour ?? COLOURS[i % COLOURS.length]}` }, key);
    key.appendChild(document.createTextNode(line.name));
  });
}
