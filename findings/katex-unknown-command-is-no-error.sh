#!/bin/bash
# KaTeX with throwOnError: false marks a formula that it cannot parse, but not one with an unknown command.
#
# One would guess: with `throwOnError: false` every formula that is wrong is rendered with the class
# `katex-error`, as the documentation of the option says of invalid input, so that a test of a page
# counts the elements of that class and knows that all formulas are right.
#
# What happens: a formula that does not parse (a missing brace) has the class. A formula with a command
# that KaTeX does not know, a misspelt \alpha for example, becomes ordinary output in which the
# command's name stands in red: no class, no exception, nothing in the DOM to look for but the colour.
# With `throwOnError: true` both throw.
#
# Why it matters: a misspelt command is the most frequent fault of a formula, and the one that a check
# for `katex-error` never finds. A page that is to be tested has to let KaTeX throw and mark the formula
# itself.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
command -v node > /dev/null || { echo "needs node"; exit 2; }
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
  -Dartifact=org.webjars.npm:katex:0.16.44 -DoutputDirectory="$dir" > /dev/null
unzip -qoj "$dir/katex-0.16.44.jar" '*/dist/katex.min.js' -d "$dir"

cat > "$dir/try.js" <<'JS'
const katex = require('./katex.min.js');
console.log('KaTeX ' + katex.version + ', node ' + process.version);
let changed = false;
for (const [what, formula, marked] of [['a missing brace', '\\frac{1', true], ['an unknown command', '\\alhpa + 1', false]]) {
  const html = katex.renderToString(formula, {throwOnError: false});
  const red = /color:\s*#cc0000/.test(html);
  let thrown = 'nothing';
  try {
    katex.renderToString(formula, {throwOnError: true});
  } catch (e) {
    thrown = e.name;
  }
  const has = html.includes('katex-error');
  console.log(`${what}: class katex-error: ${has}, red: ${red}; throwOnError: true throws ${thrown}`);
  changed ||= has !== marked || !red || thrown !== 'ParseError';
}
if (changed) {
  console.log('CHANGED');
  process.exit(1);
}
console.log('as described');
JS
node "$dir/try.js"
