'use strict';

// The page: runs, sample grids, charts, configuration. A page that is a file of its own has its data inside; the page of
// haze watch asks the server for what is new.

const COLORS = 8;
const POLL_MS = 2000;
const RECENT_STEPS = 100;

const TABLES = ['metrics', 'validation', 'session'];

const page = document.getElementById('page');
const embedded = document.getElementById('data');
const charts = new Map();
let runs = [];
let chosenStep = null;
const drawn = new Map();
page.append(...['head', 'notes', 'facts', 'body', 'about'].map(id => html('div', {id})));
document.getElementById('body').append(html('div', {id: 'samples'}));

// What is known of a column of metrics.csv; others are drawn under their names.
const COLUMNS = {
  loss: {title: 'Loss', log: true},
  gradient_norm: {title: 'Gradient norm', log: true},
  learning_rate: {title: 'Learning rate', smooth: false, zero: true},
  images_per_second: {title: 'Images per second', zero: true},
  ms: null,
};

function merge(had, table) {
  if (!had || table.from === 0) return table;
  const join = (a, b) => a.slice(0, table.from).concat(b);
  const columns = {};
  for (const [name, parts] of Object.entries(table.columns)) columns[name] = parts.map((part, i) => join(had.columns[name][i], part));
  return {...table, from: 0, steps: join(had.steps, table.steps), columns};
}

// Draws a part of the page again if what it is made of has changed.
function part(id, data, make) {
  const text = JSON.stringify(data);
  const place = document.getElementById(id);
  if (drawn.get(id) !== text) {
    drawn.set(id, text);
    place.replaceChildren(...make());
  }
}

// The mean of a column over the last steps of a run, and over how many: a hundred, or a bucket where those have more.
function recent(run, name) {
  const {steps, columns} = run.metrics;
  const parts = columns[name];
  if (!parts) return null;
  let sum = 0, count = 0, from = run.step;
  for (let i = steps.length - 1; i >= 0 && (count === 0 || steps[i] > run.step - RECENT_STEPS); i--) {
    const before = i === 0 ? steps[0] - 1 : steps[i - 1];
    from = before;
    if (parts[0][i] === null) continue;
    sum += parts[0][i] * (steps[i] - before);
    count += steps[i] - before;
  }
  return count === 0 ? null : {mean: sum / count, of: run.step - from === 1 ? 'last step' : `mean of the last ${shown(run.step - from)} steps`};
}

function duration(seconds) {
  const whole = Math.round(seconds);
  const two = number => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)} h` : `${minutes}:${two(whole % 60)} min`;
}

function facts(run) {
  const list = [['Step', run.steps ? `${shown(run.step)} of ${shown(run.steps)}` : shown(run.step)]];
  const loss = recent(run, 'loss');
  if (loss !== null) list.push(['Loss', shown(loss.mean), loss.of]);
  const rate = recent(run, 'images_per_second');
  if (rate !== null) list.push(['Images per second', shown(rate.mean), rate.of]);
  if (run.seconds > 0) list.push(['Time in steps', duration(run.seconds)]);
  const ms = recent(run, 'ms');
  if (run.state === 'running' && run.steps && ms !== null) list.push(['Time left', duration((run.steps - run.step) * ms.mean / 1000)]);
  const validation = run.validation.columns.loss;
  if (validation?.[0].some(value => value !== null)) {
    const losses = validation[0];
    const best = losses.reduce((least, value, i) => value !== null && (least < 0 || value < losses[least]) ? i : least, -1);
    list.push(['Validation loss', shown(losses.findLast(value => value !== null)),
      `best ${shown(losses[best])} at step ${shown(run.validation.steps[best])}`]);
  }
  return list;
}

function stateOf(run) {
  const at = ['stopped', 'early'].includes(run.state) ? ` at step ${shown(run.step)}` : '';
  return html('span', {className: `state ${run.state}`, textContent: run.state_words + at});
}

function swatch(i) {
  return html('span', {className: `swatch c${i % COLORS}`});
}

function head(written) {
  const alone = runs.length === 1;
  document.title = `${runs.map(run => run.name).join(', ')} - Haze`;
  part('head', [runs.map(run => [run.name, run.state, ['stopped', 'early'].includes(run.state) && run.step]), written], () => [
    html('header', {},
      html('h1', {textContent: alone ? runs[0].name : `${runs.length} runs`}),
      ...(alone ? [stateOf(runs[0])] : []),
      html('span', {className: 'written', id: 'written', textContent: written})),
  ]);
  part('notes', runs.map(run => run.notes), () => {
    const notes = runs.flatMap(run => run.notes.map(note => html('li', {textContent: alone ? note : `${run.name}: ${note}`})));
    return notes.length === 0 ? [] : [html('ul', {className: 'notes'}, ...notes)];
  });
  part('facts', runs.map(run => [facts(run), run.state]), () => alone ? tiles(runs[0]) : [table()]);
}

function tiles(run) {
  const list = facts(run).map(([name, value, of]) => html('div', {className: 'card fact'},
    html('dt', {textContent: name}), html('dd', {textContent: value}), ...(of ? [html('small', {textContent: of})] : [])));
  const bar = run.steps ? [html('progress', {max: run.steps, value: Math.min(run.step, run.steps)})] : [];
  return [...bar, html('dl', {className: 'facts'}, ...list)];
}

function table() {
  const all = runs.map(run => new Map(facts(run).map(([name, value, of]) => [name, {value, of}])));
  const names = [...new Set(all.flatMap(facts => [...facts.keys()]))];
  const rows = runs.map((run, i) => html('tr', {},
    html('td', {}, swatch(i), run.name), html('td', {}, stateOf(run)),
    ...names.map(name => html('td', {textContent: all[i].get(name)?.value ?? '', title: all[i].get(name)?.of ?? ''}))));
  return html('div', {className: 'card scroll'}, html('table', {className: 'runs'},
    html('tr', {}, ...['Run', 'State', ...names].map(name => html('th', {textContent: name}))), ...rows));
}

// The grid of a run at the chosen step, or the last one before.
function frame(run) {
  if (chosenStep === null) return run.samples.at(-1);
  return run.samples.findLast(sample => sample.step <= chosenStep) ?? run.samples[0];
}

function choose(step, last) {
  chosenStep = step === last ? null : step;
  samples();
}

// Moves the strip, and not the page, so that the grid that is large is seen in it.
function follow(strip) {
  const chosen = strip.querySelector('[aria-current="true"]');
  strip.scrollLeft = chosen.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2;
  strip.scrollTop = chosen.offsetTop - (strip.clientHeight - chosen.offsetHeight) / 2;
}

// Beside a large picture that is wide there is no room for the strip.
function lay(picture) {
  picture.parentElement.classList.toggle('wide', picture.naturalWidth > 1.2 * picture.naturalHeight);
  follow(picture.parentElement.querySelector('.strip'));
}

function samples() {
  const steps = [...new Set(runs.flatMap(run => run.samples.map(sample => sample.step)))].sort((a, b) => a - b);
  const alone = runs.length === 1;
  document.getElementById('body').className = alone ? 'alone' : 'several';
  part('samples', [runs.map(run => run.samples.map(sample => sample.src.slice(-64) + sample.step))], () => {
    if (steps.length === 0) return [];
    const last = steps.at(-1);
    const input = html('input', {type: 'range', id: 'slider', min: 0, max: steps.length - 1, ariaLabel: 'step of the samples',
      oninput: event => choose(steps[event.target.value], last)});
    const shows = runs.map((run, i) => {
      const strip = html('div', {className: 'strip'}, ...run.samples.map(sample =>
        html('button', {type: 'button', onclick: () => choose(sample.step, last)},
          html('img', {src: sample.src, alt: '', loading: 'lazy'}), shown(sample.step))));
      return html('div', {className: 'show'},
        ...(alone ? [] : [html('div', {className: 'name'}, swatch(i), run.name)]),
        html('img', {className: 'large', id: `large${i}`, onload: event => lay(event.target)}), strip);
    });
    return [html('div', {className: 'card'},
      html('figcaption', {}, html('b', {textContent: 'Samples'}), html('span', {className: 'now', id: 'chosen'})),
      ...(steps.length > 1 ? [input] : []),
      html('div', {className: 'shows'}, ...shows))];
  });
  if (steps.length === 0) return;
  const slider = document.getElementById('slider');
  const at = chosenStep === null ? steps.length - 1 : Math.max(0, steps.findLastIndex(step => step <= chosenStep));
  if (slider) slider.value = at;
  document.getElementById('chosen').textContent = `step ${shown(steps[at])}`;
  runs.forEach((run, i) => {
    const large = document.getElementById(`large${i}`);
    const now = frame(run);
    large.hidden = !now;
    if (!now) return;
    if (large.getAttribute('src') !== now.src) large.src = now.src;
    large.alt = `samples of ${run.name} at step ${now.step}`;
    const strip = large.parentElement.querySelector('.strip');
    [...strip.children].forEach((button, s) => button.setAttribute('aria-current', String(run.samples[s] === now)));
    follow(strip);
  });
}

const QUARTERS = {quarter_1: 'least noise', quarter_2: 'less', quarter_3: 'more', quarter_4: 'most noise'};

// Losses of one table that belong into one chart: those by noise level.
function byLevel(name) {
  const level = /^loss_(.+)$/.exec(name)?.[1];
  return level
    ? {key: 'levels', title: 'Loss by noise level', log: true, line: Object.hasOwn(QUARTERS, level) ? QUARTERS[level] : level.replaceAll('_', ' ')}
    : null;
}

function drawCharts() {
  const alone = runs.length === 1;
  const wanted = new Map();
  const add = (key, look, run, i, table, parts, now) => {
    if (!wanted.has(key)) wanted.set(key, {look, lines: []});
    const {lines} = wanted.get(key);
    const series = look.line ? lines.filter(line => line.run === i).length : 0;
    lines.push({
      run: i, steps: table.steps, parts, now,
      name: alone ? look.line ?? run.name : look.line ? `${run.name}, ${look.line}` : run.name,
      color: (alone ? series : i) % COLORS, dash: alone ? 0 : series % 4,
    });
  };
  runs.forEach((run, i) => {
    for (const [name, parts] of Object.entries(run.metrics.columns)) {
      const known = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : byLevel(name) ?? {title: name};
      if (!known) continue;
      const last = known.smooth === false ? null : recent(run, name);
      add(`metrics ${known.key ?? name}`, {smooth: true, ...known}, run, i, run.metrics, parts, last && `${shown(last.mean)}, ${last.of}`);
    }
    for (const [name, parts] of Object.entries(run.session.columns)) {
      if (parts[0].every(value => value === null)) continue;
      const look = byLevel(name) ?? {key: 'memory', title: 'Memory of the process, MiB', zero: true, line: name.replace(/_mib$/, '')};
      add(`session ${look.key}`, look, run, i, run.session, parts);
    }
    for (const [name, parts] of Object.entries(run.validation.columns)) {
      if (parts[0].every(value => value === null)) continue;
      const level = byLevel(name);
      const look = name === 'loss' ? {title: 'Validation loss', log: true}
        : level ? {...level, title: 'Validation loss by noise level'}
        : {title: 'Bound on held-out images, bits per dimension', key: 'bound', line: name.replaceAll('_', ' ')};
      add(`validation ${look.key ?? name}`, {points: true, smooth: false, ...look}, run, i, run.validation, parts);
    }
  });
  for (const [key, {look, lines}] of wanted) {
    if (!charts.has(key)) {
      charts.set(key, new Chart(look));
      document.getElementById('body').append(charts.get(key).figure);
    }
    charts.get(key).set(lines);
  }
}

function settingsRows() {
  const keys = [...new Set(runs.flatMap(run => run.settings.map(([key]) => key)))];
  return keys.map(key => {
    const values = runs.map(run => run.settings.find(([name]) => name === key));
    const texts = values.map(value => value?.[1] ?? '');
    return {key, texts, changed: values.map(value => value?.[2] ?? false), differ: new Set(texts).size > 1};
  });
}

function settingsTable(rows) {
  const title = runs.length === 1 ? [] : [html('tr', {}, html('th', {}), ...runs.map((run, i) => html('th', {}, swatch(i), run.name)))];
  return html('div', {className: 'scroll'}, html('table', {}, ...title, ...rows.map(row => html('tr', {},
    html('th', {textContent: row.key}),
    ...row.texts.map((text, i) => html('td', {textContent: text === '' ? '-' : text, className: row.changed[i] ? 'changed' : ''}))))));
}

function about() {
  part('about', runs.map(run => [run.settings, run.model, run.machine]), () => {
    const rows = settingsRows();
    const first = rows.filter(row => row.differ || row.changed.includes(true));
    const rest = rows.filter(row => !first.includes(row));
    const sections = [];
    if (rows.length > 0) {
      sections.push(html('section', {}, html('h2', {textContent: 'Configuration'}), html('div', {className: 'card'},
        ...(first.length > 0 ? [settingsTable(first)] : []),
        html('details', {},
          html('summary', {textContent: `${rest.length} more settings, as the preset has them`}), settingsTable(rest)))));
    }
    runs.forEach((run, i) => {
      const model = run.model.map(line => /^(\S+)\s+(.*)$/.exec(line)).filter(Boolean).map(match => [match[1], match[2]]);
      for (const [title, pairs] of [['Model', model], ['Machine', run.machine]]) {
        if (pairs.length === 0) continue;
        sections.push(html('section', {},
          html('h2', {}, ...(runs.length > 1 ? [swatch(i), `${run.name}: `] : []), title),
          html('div', {className: 'card'}, html('table', {}, ...pairs.map(([key, value]) =>
            html('tr', {}, html('th', {textContent: key}), html('td', {textContent: value})))))));
      }
    });
    return [html('div', {className: 'columns'}, ...sections)];
  });
}

function draw(written) {
  head(written);
  samples();
  drawCharts();
  about();
}

// A page that is a file of its own has the grids inside, too.
function address(src) {
  return src.startsWith('#') ? `data:image/png;base64,${document.getElementById(src.slice(1)).textContent}` : src;
}

function take(answer) {
  runs = answer.runs.map((run, i) => ({
    ...run,
    samples: run.samples.map(sample => ({...sample, src: address(sample.src)})),
    ...Object.fromEntries(TABLES.map(table => [table, merge(runs[i]?.[table], run[table])])),
  }));
}

const clock = milliseconds => new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 19) + ' UTC';

async function poll() {
  try {
    const known = runs.map(run => TABLES.map(table => run[table].version).join('~')).join(',');
    const answer = await fetch(`data?known=${known}`, {cache: 'no-store'});
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    take(await answer.json());
    draw('live');
  } catch (error) {
    const place = document.getElementById('written');
    if (place) {
      place.textContent = 'haze watch does not answer';
      place.className = 'written offline';
      drawn.delete('head');
    }
  }
  setTimeout(poll, POLL_MS);
}

if (embedded) {
  const data = JSON.parse(embedded.textContent);
  take(data);
  draw(`written ${clock(data.written)}`);
} else {
  poll();
}
