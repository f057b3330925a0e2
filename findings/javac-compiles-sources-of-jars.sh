#!/bin/bash
# A .java file inside a jar on the class path takes the place of the .class file beside it.
#
# One would guess: javac reads classes from a jar on the class path. Sources that lie in the jar too, as
# resources that the program shows or as a habit of the packager, are data: source files come from the
# command line and from -sourcepath.
#
# What happens: without -sourcepath the class path is searched for sources as well, and of a .java and a
# .class the newer one wins (the default, -Xprefer:newer); with equal times, as all files of a
# reproducible jar have, it is the source. It is compiled without a word, and its class is written to the
# output directory of whoever compiles against the jar: there it stands before the jar's own class at run
# time, and stays when the jar is replaced by a newer one. Only a class that is newer wins.
# -sourcepath with an empty directory or -implicit:none have none of it.
#
# Why it matters: a library that ships sources to be read (a tutorial that runs) is compiled a second
# time into other programs, which then fail with NoSuchMethodError after an update, or differ from the
# library in silence.
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
"$jdk/bin/javac" -version

mkdir -p "$dir/library/lib" "$dir/user"
echo 'package lib; public class Chapter { public static String text() { return "class of the jar"; } }' > "$dir/library/lib/Chapter.java"
"$jdk/bin/javac" -d "$dir/library" "$dir/library/lib/Chapter.java"
sed -i 's/class of the jar/source in the jar/' "$dir/library/lib/Chapter.java"
echo 'public class User { public static void main(String[] args) { System.out.println(lib.Chapter.text()); } }' > "$dir/user/User.java"

try() { # WHAT TIME_OF_THE_SOURCE EXPECTED JAVAC_OPTION...
  local what=$1 time=$2 expected=$3
  shift 3
  rm -rf "$dir/out"
  touch -d '2026-01-01 12:00:00' "$dir/library/lib/Chapter.class"
  touch -d "$time" "$dir/library/lib/Chapter.java"
  "$jdk/bin/jar" -c -f "$dir/library.jar" -C "$dir/library" lib
  "$jdk/bin/javac" "$@" -cp "$dir/library.jar" -d "$dir/out" "$dir/user/User.java"
  local said
  said=$("$jdk/bin/java" -cp "$dir/out:$dir/library.jar" User)
  echo "$what: written $(cd "$dir/out" && find . -name '*.class' | sort | tr '\n' ' '); it runs the $said"
  [ "$said" = "$expected" ] || { echo "CHANGED: expected the $expected"; exit 1; }
}
try "source newer" '2026-01-01 12:01:00' "source in the jar"
try "same time" '2026-01-01 12:00:00' "source in the jar"
try "class newer" '2026-01-01 11:59:00' "class of the jar"
mkdir "$dir/none"
try "source newer, -sourcepath of an empty directory" '2026-01-01 12:01:00' "class of the jar" -sourcepath "$dir/none"
try "source newer, -implicit:none" '2026-01-01 12:01:00' "class of the jar" -implicit:none
echo "as described"
