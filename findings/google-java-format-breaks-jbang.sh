#!/bin/bash
# google-java-format 1.37.0 makes a JBang script forget its dependencies.
#
# One would guess: a formatter may change blanks, and a program is the same after it.
#
# What happens: the formatter puts a blank after the slashes of each line comment, and JBang takes
# "//DEPS group:artifact:version" for a directive, "// DEPS ..." for a comment. Nobody says a word:
# the formatted script still compiles if it names what it needs only at run time, or fails with a
# missing package; "//JAVA 25" and "//JAVA_OPTIONS ..." are lost without any sign, and
# "///usr/bin/env jbang" becomes "/// usr/bin/env jbang", which no shell can start.
#
# Why it matters: JBang scripts must stand outside of what a build formats.
set -euo pipefail
format=1.37.0
jbang=0.132.1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javac" ] && [ "$("$home/bin/java" -XshowSettings:properties -version 2>&1 |
      sed -n 's/ *java.specification.version = //p' | cut -d. -f1)" -ge 21 ]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 21 or later: set JAVA_HOME}"
cat > "$dir/pom.xml" <<XML
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>dev.jbang</groupId><artifactId>jbang-cli</artifactId><version>$jbang</version></dependency>
  </dependencies>
</project>
XML
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.11.0
mvn -q -B -f "$dir/pom.xml" $plugin:copy-dependencies -DoutputDirectory="$dir/lib" > /dev/null
mvn -q -B $plugin:copy -Dartifact=com.google.googlejavaformat:google-java-format:$format:jar:all-deps \
  -Dmdep.useBaseVersion=true -DoutputDirectory="$dir" > /dev/null

mkdir "$dir/before" "$dir/after"
cat > "$dir/before/Script.java" <<'JAVA'
///usr/bin/env jbang "$0" "$@" ; exit $?
//DEPS org.jspecify:jspecify:1.0.0

class Script {
  public static void main(String[] args) throws ClassNotFoundException {
    System.out.println(Class.forName("org.jspecify.annotations.Nullable"));
  }
}
JAVA
exports=()
for package in api code file parser tree util; do
  exports+=(--add-exports "jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED")
done
"$jdk/bin/java" "${exports[@]}" -jar "$dir/google-java-format-$format-all-deps.jar" \
  "$dir/before/Script.java" > "$dir/after/Script.java"

# JBang's Java part compiles the script and prints the command that its shell script would run.
run() {
  eval "$(JAVA_HOME=$jdk JBANG_DIR=$dir/jbang JBANG_REPO=$dir/repository \
    "$jdk/bin/java" -cp "$dir/lib/*" dev.jbang.Main run "$1" 2> /dev/null)" 2>&1 | head -2 || true
}
echo "google-java-format $format, JBang $jbang on $("$jdk/bin/java" -version 2>&1 | head -1)"
for state in before after; do
  echo "--- $state"
  head -2 "$dir/$state/Script.java"
  run "$dir/$state/Script.java" | tee "$dir/$state.out"
done
grep -q '^interface org.jspecify.annotations.Nullable$' "$dir/before.out" ||
  { echo "CHANGED: JBang does not find the dependency"; exit 1; }
grep -q ClassNotFoundException "$dir/after.out" ||
  { echo "CHANGED: the formatted script finds it too"; exit 1; }
echo "as described"
