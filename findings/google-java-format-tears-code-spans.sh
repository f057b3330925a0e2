#!/bin/bash
# google-java-format 1.37.0 may turn a formula in a Markdown comment into a list.
#
# One would guess: a formatter that fills the lines of `///` comments (JEP 467) treats a code span as
# what it is, text whose line breaks mean nothing, and formatting twice is the same as once.
#
# What happens: a line may be broken inside a code span before a minus or an asterisk. The next line
# then begins as an item of a list does. Markdown ends the paragraph and the span there: javadoc
# shows a bullet and stray backticks in place of the formula, and warns of nothing. The formatter
# itself reads the line as a list the next time, and indents what follows: a second run changes the
# file again.
#
# Why it matters: comments with formulas are right before formatting and wrong after it, and a build
# that checks the formatting with a formatter that is not idempotent fails after it was applied once.
set -euo pipefail
version=1.37.0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The formatter needs a JDK 21 or later.
for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javadoc" ] && [ "$("$home/bin/java" -XshowSettings:properties -version 2>&1 |
      sed -n 's/ *java.specification.version = //p' | cut -d. -f1)" -ge 23 ]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 23 or later: set JAVA_HOME}"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy -Dmdep.useBaseVersion=true \
  -Dartifact=com.google.googlejavaformat:google-java-format:$version:jar:all-deps \
  -DoutputDirectory="$dir" >/dev/null
exports=()
for package in api code file parser tree util; do
  exports+=(--add-exports "jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED")
done
format() {
  "$jdk/bin/java" "${exports[@]}" -jar "$dir/google-java-format-$version-all-deps.jar" "$1"
}

cat > "$dir/Formula.java" <<'JAVA'
/// The mean of a step is compared with that of the posterior at `x_t`: they differ by a `d = k (x_0 - x)`, of which
/// the square counts, divided by twice the variance of the step and summed over all elements.
public interface Formula {}
JAVA
format "$dir/Formula.java" > "$dir/once.java"
mkdir "$dir/once" && cp "$dir/once.java" "$dir/once/Formula.java"
format "$dir/once/Formula.java" > "$dir/twice.java"
"$jdk/bin/javadoc" -quiet -Xdoclint:all -d "$dir/html" "$dir/once/Formula.java" > "$dir/warnings" 2>&1

echo "google-java-format $version on $("$jdk/bin/java" -version 2>&1 | head -1)"
echo "--- before"; cat "$dir/Formula.java"
echo "--- formatted"; cat "$dir/once.java"
echo "--- formatted again"; cat "$dir/twice.java"
echo "--- what javadoc makes of the formatted comment"
sed -n '/<div class="block">/,/<\/div>/p' "$dir/html/Formula.html" | tee "$dir/shown"
echo "--- what javadoc says of it"; cat "$dir/warnings"

grep -qE '^/// [-*] ' "$dir/once.java" || { echo "CHANGED: no line begins like a list"; exit 1; }
grep -q '<li>' "$dir/shown" || { echo "CHANGED: javadoc shows no list"; exit 1; }
if cmp -s "$dir/once.java" "$dir/twice.java"; then echo "CHANGED: formatting twice is formatting once"; exit 1; fi
echo "as described"
