#!/bin/bash
# JDK 25's javadoc: -Werror cannot pass over an incubator module, unless one knows a hidden option.
#
# One would guess: a project on the Vector API has javadoc fail on warnings (-Werror) and leaves out
# the one warning that it cannot help, with -Xlint:-incubating as for javac.
#
# What happens: javadoc warns "using incubating module(s)", twice, -Werror makes an error of it, and
# javadoc has no -Xlint. It takes javac's internal -XD, and -XD-Xlint:-incubating is what javac's own
# option sets.
#
# Also: the pages hold four megabytes of fonts, in each javadoc jar of each module; --no-fonts leaves
# them out.
#
# Why it matters: the documentation of such a project is built without -Werror, and broken pages pass.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javadoc" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"

mkdir -p "$dir/hello/hello"
cat > "$dir/hello/module-info.java" <<'JAVA'
/// A module.
module hello {
  requires jdk.incubator.vector;

  exports hello;
}
JAVA
cat > "$dir/hello/hello/Hello.java" <<'JAVA'
package hello;

/// A class.
public interface Hello {}
JAVA
javadoc() { # NAME OPTIONS...
  local code=0
  "$jdk/bin/javadoc" -quiet -Xdoclint:all,-missing --module-source-path "$dir" --module hello \
    -d "$dir/$1" "${@:2}" > "$dir/$1.out" 2>&1 || code=$?
  echo "--- javadoc ${*:2}"; cat "$dir/$1.out"; echo "exit code $code"
  return $code
}
"$jdk/bin/java" -version 2>&1 | tail -1
if javadoc werror -Werror; then echo "CHANGED: no error"; exit 1; fi
if javadoc lint -Werror -Xlint:-incubating; then echo "CHANGED: it has -Xlint"; exit 1; fi
javadoc hidden -Werror -XD-Xlint:-incubating || { echo "CHANGED: the hidden option does not help"; exit 1; }
javadoc fonts -Werror -XD-Xlint:-incubating --no-fonts

echo "--- kB of pages, without fonts"
with=$(du -sk "$dir/hidden" | cut -f1)
without=$(du -sk "$dir/fonts" | cut -f1)
echo "$with $without"
[ "$with" -gt $((without + 3000)) ] || { echo "CHANGED: fonts are smaller"; exit 1; }
echo "as described"
