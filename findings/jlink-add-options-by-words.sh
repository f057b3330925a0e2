#!/bin/bash
# JDK 25: an option with a space, put into an image by jlink --add-options, keeps the image from starting.
#
# One would guess: jlink --add-options="--add-reads a=b" has the effect of `java --add-reads a=b`: the
# text is split at spaces and read like a command line, as JDK_JAVA_OPTIONS is.
#
# What happens: jlink says nothing, and the image's java does not start: "Unrecognized option:
# --add-reads". The words are given to the JVM as they are, without the launcher, which is what joins
# an option and the word behind it. --add-reads=a=b works.
#
# Why it matters: the fault shows when the image is started, maybe by a user, and the same option
# worked in every test that started the JDK's java.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/jlink" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"

mkdir -p "$dir/src/hello"
echo 'module hello {}' > "$dir/src/module-info.java"
cat > "$dir/src/hello/Hello.java" <<'JAVA'
package hello;

public final class Hello {
  public static void main(String[] args) {
    System.out.println("hello");
  }
}
JAVA
"$jdk/bin/javac" -d "$dir/hello" "$dir"/src/module-info.java "$dir"/src/hello/*.java

"$jdk/bin/java" -version 2>&1 | head -1
run() { # NAME COMMAND...
  echo "--- $1"
  "${@:2}" -m hello/hello.Hello 2>&1 | tee "$dir/$1.out" || true
}
run "java with a space" "$jdk/bin/java" --add-reads hello=java.base -p "$dir/hello"
JDK_JAVA_OPTIONS="--add-reads hello=java.base" run "JDK_JAVA_OPTIONS with a space" "$jdk/bin/java" -p "$dir/hello"
"$jdk/bin/jlink" -p "$dir/hello" --add-modules hello --add-options="--add-reads hello=java.base" --output "$dir/space"
run "image with a space" "$dir/space/bin/java"
"$jdk/bin/jlink" -p "$dir/hello" --add-modules hello --add-options="--add-reads=hello=java.base" --output "$dir/equals"
run "image with an equals sign" "$dir/equals/bin/java"

for name in "java with a space" "JDK_JAVA_OPTIONS with a space" "image with an equals sign"; do
  grep -qx hello "$dir/$name.out" || { echo "CHANGED: $name does not start"; exit 1; }
done
grep -q 'Unrecognized option: --add-reads' "$dir/image with a space.out" || { echo "CHANGED: it starts"; exit 1; }
echo "as described"
