'use strict';

// Line charts as SVG, from numbers over steps. All charts of a page share the step under the pointer.

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 220;
const MARGIN = {left: 56, right: 22, top: 8, bottom: 24};
// What spans more powers of ten than this is drawn on a logarithmic axis.
const LINEAR_POWERS = 0.5;

function html(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shown(number) {
  if (number === null || number === undefined || !Number.isFinite(number)) return '-';
  if (Number.isInteger(number)) return number.toLocaleString('en');
  const size = Math.abs(number);
  if (size >= 1000) return Math.round(number).toLocaleString('en');
  if (size >= 0.0001) return String(Number(number.toPrecision(4)));
  return number.toExponential(2).replace(/\.?0+e/, 'e');
}

// The mean of 1/25 of all values around each; near the first value, where losses fall fast, a window reaches no farther
// forward than there are values behind it.
function smoothed(values) {
  const reach = Math.max(1, Math.floor(values.length / 50));
  const sums = [0];
  const counts = [0];
  values.forEach((value, i) => {
    sums.push(sums[i] + (value ?? 0));
    counts.push(counts[i] + (value === null ? 0 : 1));
  });
  return values.map((value, i) => {
    const from = i - Math.min(reach, i);
    const to = Math.min(values.length, i + Math.min(reach, i) + 1);
    const count = counts[to] - counts[from];
    return value === null || count === 0 ? null : (sums[to] - sums[from]) / count;
  });
}

function linearTicks(min, max, count) {
  const raw = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw * 0.999);
  const ticks = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function logTicks(min, max) {
  const powers = Math.log10(max / min);
  const factors = powers > 3 ? [1] : powers > 1.2 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 8];
  const ticks = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    for (const factor of factors) ticks.push(Number(`${factor}e${power}`));
  }
  return ticks.filter(tick => tick >= min && tick <= max);
}

// What a line of a chart looks like, before its name.
function key(line) {
  return svg('svg', {class: 'key', viewBox: '0 0 26 10', 'aria-hidden': true},
    svg('line', {class: `smooth c${line.color} d${line.dash}`, x1: 0, x2: 26, y1: 5, y2: 5}));
}

class Chart {
  static all = new Set();
  static step = null;

  // look: {title, log: whether a logarithmic axis makes sense, smooth, points, zero: whether the axis begins at 0}
  constructor(look) {
    this.look = look;
    this.lines = [];
    this.log = null;
    this.now = html('span', {className: 'now'});
    this.toggle = html('button', {type: 'button', textContent: 'log', title: 'logarithmic axis upwards',
      onclick: () => { this.log = !this.isLog(); this.draw(); }});
    this.legend = html('div', {className: 'legend'});
    this.svg = svg('svg', {role: 'img', 'aria-label': look.title, height: HEIGHT});
    this.tip = html('div', {className: 'tip', hidden: true});
    this.figure = html('figure', {className: 'card'},
      html('figcaption', {}, html('b', {textContent: look.title}), this.now, this.toggle), this.legend, this.svg, this.tip);
    this.svg.addEventListener('pointermove', event => this.point(event));
    this.svg.addEventListener('pointerdown', event => this.point(event));
    this.svg.addEventListener('pointerleave', () => { this.tip.hidden = true; Chart.moveTo(null); });
    new ResizeObserver(() => { if (this.svg.clientWidth !== this.width) this.draw(); }).observe(this.figure);
    Chart.all.add(this);
  }

  static moveTo(step) {
    Chart.step = step;
    for (const chart of Chart.all) chart.drawCursor();
  }

  // lines: [{name, color, dash, steps, parts: [means] or [means, least, greatest], now: what a single line has beside the
  // title, or else its last value}]
  set(lines) {
    this.lines = lines.map(line => {
      const [mean, min = mean, max = mean] = line.parts;
      return {...line, mean, min, max, curve: this.look.smooth ? smoothed(mean) : mean};
    });
    this.ends = this.findEnds();
    this.draw();
  }

  findEnds() {
    let min = Infinity, max = -Infinity, positive = Infinity, first = Infinity, last = -Infinity;
    for (const line of this.lines) {
      for (let i = 0; i < line.steps.length; i++) {
        if (line.mean[i] === null) continue;
        min = Math.min(min, line.min[i]);
        max = Math.max(max, line.max[i]);
        if (line.min[i] > 0) positive = Math.min(positive, line.min[i]);
        first = Math.min(first, line.steps[i]);
        last = Math.max(last, line.steps[i]);
      }
    }
    return {min, max, positive, first, last};
  }

  isLog() {
    const {min, max, positive} = this.ends;
    if (!(positive < Infinity) || positive === max) return false;
    return this.log ?? (this.look.log && min > 0 && Math.log10(max / min) > LINEAR_POWERS);
  }

  draw() {
    this.width = this.svg.clientWidth || 480;
    const {min, max, positive, first, last} = this.ends;
    const empty = !(last >= first);
    this.figure.hidden = empty;
    if (empty) return;
    const log = this.isLog();
    this.toggle.setAttribute('aria-pressed', String(log));
    this.toggle.hidden = !(positive < max);
    let low = log ? positive : this.look.zero ? Math.min(0, min) : min;
    let high = max;
    if (low === high) { low -= Math.abs(low) / 10 || 1; high += Math.abs(high) / 10 || 1; }
    const scale = log ? Math.log10 : x => x;
    const pad = (scale(high) - scale(low)) * 0.04;
    const bottom = scale(low) - (this.look.zero && !log ? 0 : pad), top = scale(high) + pad;
    const right = this.width - MARGIN.right, base = HEIGHT - MARGIN.bottom;
    this.x = step => MARGIN.left + (last === first ? 0.5 : (step - first) / (last - first)) * (right - MARGIN.left);
    this.y = value => base - (scale(Math.max(value, log ? positive : value)) - bottom) / (top - bottom) * (base - MARGIN.top);

    const parts = [];
    const yTicks = log ? logTicks(10 ** bottom, 10 ** top) : linearTicks(bottom, top, 5);
    for (const tick of yTicks) {
      const y = this.y(tick).toFixed(1);
      parts.push(svg('line', {class: 'grid', x1: MARGIN.left, x2: right, y1: y, y2: y}),
        svg('text', {x: MARGIN.left - 7, y: Number(y) + 4, 'text-anchor': 'end'}, shown(tick)));
    }
    for (const tick of linearTicks(first, Math.max(last, first + 1), Math.max(4, Math.floor(this.width / 110)))) {
      if (!Number.isInteger(tick)) continue;
      const x = this.x(tick);
      parts.push(svg('text', {x: x.toFixed(1), y: HEIGHT - 6, 'text-anchor': 'middle'}, shown(tick)));
    }
    for (const line of this.lines) if (this.look.smooth) parts.push(this.raw(line));
    for (const line of this.lines) parts.push(...this.curve(line));
    this.cursor = svg('g', {});
    this.svg.setAttribute('viewBox', `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren(...parts, this.cursor);
    this.drawLegend();
    this.drawCursor();
  }

  // Every value, or the space between the least and the greatest value of each bucket.
  raw(line) {
    const names = `c${line.color} d${line.dash}`;
    if (line.min === line.mean) return svg('path', {class: `raw ${names}`, d: this.path(line.steps, line.mean)});
    const there = line.steps.map((_, i) => i).filter(i => line.mean[i] !== null);
    const at = values => i => `${this.x(line.steps[i]).toFixed(1)},${this.y(values[i]).toFixed(1)}`;
    return svg('path', {
      class: `band c${line.color}`,
      d: there.length === 0 ? '' : `M${there.map(at(line.max)).join('L')}L${there.reverse().map(at(line.min)).join('L')}Z`,
    });
  }

  curve(line) {
    const parts = [svg('path', {class: `smooth c${line.color} d${line.dash}`, d: this.path(line.steps, line.curve)})];
    const known = line.steps.filter((_, i) => line.curve[i] !== null).length;
    if (this.look.points || known === 1) {
      line.steps.forEach((step, i) => {
        if (line.curve[i] === null) return;
        parts.push(svg('circle', {class: `dot c${line.color}`, r: 3, cx: this.x(step).toFixed(1), cy: this.y(line.curve[i]).toFixed(1)}));
      });
    }
    return parts;
  }

  path(steps, values) {
    let d = '', pen = 'M';
    for (let i = 0; i < steps.length; i++) {
      if (values[i] === null) { pen = 'M'; continue; }
      d += `${pen}${this.x(steps[i]).toFixed(1)},${this.y(values[i]).toFixed(1)}`;
      pen = 'L';
    }
    return d;
  }

  drawLegend() {
    const one = this.lines.length === 1 ? this.lines[0] : null;
    this.now.textContent = one ? one.now ?? shown(one.curve.findLast(value => value !== null)) : '';
    this.legend.replaceChildren(...(one ? [] : this.lines.map(line =>
      html('span', {}, key(line), line.name))));
  }

  point(event) {
    const left = this.svg.getBoundingClientRect().left;
    const {first, last} = this.ends;
    const share = (event.clientX - left - MARGIN.left) / (this.width - MARGIN.right - MARGIN.left);
    Chart.moveTo(first + Math.min(1, Math.max(0, share)) * (last - first));
    this.showTip(event.clientX - left);
  }

  // Of each line the bucket that is nearest to the pointer; buckets of other runs end at other steps.
  nearest() {
    return this.lines.map(line => {
      let best = -1;
      let least = Infinity;
      line.steps.forEach((step, i) => {
        const distance = Math.abs(step - Chart.step);
        if (line.curve[i] !== null && distance < least) [best, least] = [i, distance];
      });
      return {line, i: best};
    }).filter(({i}) => i >= 0);
  }

  drawCursor() {
    if (!this.cursor) return;
    const {first, last} = this.ends;
    if (Chart.step === null || Chart.step < first || Chart.step > last) { this.cursor.replaceChildren(); return; }
    const x = this.x(Chart.step).toFixed(1);
    const dots = this.nearest().map(({line, i}) => svg('circle',
      {class: `dot c${line.color}`, r: 3.5, cx: this.x(line.steps[i]).toFixed(1), cy: this.y(line.curve[i]).toFixed(1)}));
    this.cursor.replaceChildren(
      svg('line', {class: 'cursor', x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom}), ...dots);
  }

  showTip(x) {
    const nearest = this.nearest();
    if (nearest.length === 0) return;
    const rows = nearest.map(({line, i}) => {
      const spread = line.min === line.mean ? `, this step ${shown(line.mean[i])}` : `, from ${shown(line.min[i])} to ${shown(line.max[i])}`;
      return html('div', {}, key(line),
        `${this.lines.length > 1 ? line.name + ': ' : ''}${shown(line.curve[i])}${this.look.smooth ? spread : ''}`);
    });
    this.tip.replaceChildren(html('b', {textContent: `step ${shown(nearest[0].line.steps[nearest[0].i])}`}), ...rows);
    this.tip.hidden = false;
    const width = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(4, x + 24 + width > this.figure.clientWidth ? x - width : x + 24)}px`;
    this.tip.style.top = `${this.svg.getBoundingClientRect().top - this.figure.getBoundingClientRect().top + 8}px`;
  }
}
