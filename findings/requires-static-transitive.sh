#!/bin/bash
# `requires static transitive org.jspecify` makes every user of the module need JSpecify to compile.
#
# One would guess: `static` means that a module is needed when this module is compiled and is optional
# afterwards, so that a jar with nullness annotations can be used without the annotations' jar, as on
# the class path, where javac takes an annotation that it cannot find for none.
#
# What happens: on the module path javac resolves `static transitive` for the users too, and stops with
# "module not found: org.jspecify" in a module that does not name it. At run time nobody needs it. With
# `requires static` alone the user compiles without it.
#
# Why it matters: a folder of jars for the run time is not one to compile against. A build tool that
# follows the library's POM has it only if the dependency has the scope compile, not provided or
# optional.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javac" ]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK: set JAVA_HOME}"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
  -Dartifact=org.jspecify:jspecify:1.0.0 -DoutputDirectory="$dir/jspecify" > /dev/null

"$jdk/bin/java" -version 2>&1 | head -1
compile() { # REQUIRES
  mkdir -p "$dir/library/src/library" "$dir/user/src/user"
  cat > "$dir/library/src/module-info.java" <<JAVA
@org.jspecify.annotations.NullMarked
module library {
  requires $1 org.jspecify;
  exports library;
}
JAVA
  echo 'package library; public interface Library { int ONE = 1; }' > "$dir/library/src/library/Library.java"
  echo 'module user { requires library; }' > "$dir/user/src/module-info.java"
  echo 'package user;
  public class User { public static void main(String[] args) { System.out.println(library.Library.class); } }' \
    > "$dir/user/src/user/User.java"
  rm -rf "$dir/library/classes" "$dir/user/classes"
  "$jdk/bin/javac" -d "$dir/library/classes" -p "$dir/jspecify" "$dir"/library/src/*.java "$dir"/library/src/*/*.java
  echo "--- the library says requires $1; the user compiles without JSpecify:"
  "$jdk/bin/javac" -d "$dir/user/classes" -p "$dir/library/classes" "$dir"/user/src/*.java "$dir"/user/src/*/*.java \
    2>&1 | tee "$dir/errors" || true
}
compile static
[ ! -s "$dir/errors" ] || { echo "CHANGED: static is needed by users"; exit 1; }
compile "static transitive"
grep -q 'module not found: org.jspecify' "$dir/errors" || { echo "CHANGED: not needed by users"; exit 1; }
echo "--- with JSpecify to compile, without it to run:"
"$jdk/bin/javac" -d "$dir/user/classes" -p "$dir/library/classes:$dir/jspecify" "$dir"/user/src/*.java "$dir"/user/src/*/*.java
"$jdk/bin/java" -p "$dir/library/classes:$dir/user/classes" -m user/user.User
echo "as described"
