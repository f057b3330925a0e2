#!/bin/bash
# Error Prone 2.52.0 warns of each {@snippet class="..."}: "has no body".
#
# One would guess: JEP 413's two ways to name an external snippet, file="B.java" and class="t.B", are
# the same to a check that looks for snippets without code.
#
# What happens: the check InvalidSnippet is content with file=, and warns of class= that the snippet
# has no body and should begin with "{@snippet :". javadoc takes both, and itself fails on a file or
# region that is not there.
#
# Why it matters: with -Werror, documentation whose examples are tested code does not compile. Off
# with -Xep:InvalidSnippet:OFF, or with file= in the place of class=.
set -euo pipefail
version=2.52.0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javadoc" ] && [ "$("$home/bin/java" -XshowSettings:properties -version 2>&1 |
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
    <dependency><groupId>com.google.errorprone</groupId><artifactId>error_prone_core</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies \
  -DoutputDirectory="$dir/lib" > /dev/null

mkdir -p "$dir/src/t" "$dir/examples/t"
cat > "$dir/src/t/ByClass.java" <<'JAVA'
package t;

/** A. {@snippet class="t.B" region="z"} */
public interface ByClass {}
JAVA
sed 's/class="t.B"/file="t\/B.java"/; s/ByClass/ByFile/' "$dir/src/t/ByClass.java" > "$dir/src/t/ByFile.java"
cat > "$dir/examples/t/B.java" <<'JAVA'
package t;

class B {
  // @start region="z"
  int one = 1;
  // @end
}
JAVA
open=()
for package in api code comp file main model parser processing tree util; do
  open+=("-J--add-exports=jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED"
         "-J--add-opens=jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED")
done
echo "Error Prone $version on $("$jdk/bin/java" -version 2>&1 | head -1)"
echo "--- javac with Error Prone"
"$jdk/bin/javac" "${open[@]}" -processorpath "$(printf '%s:' "$dir"/lib/*.jar)" -d "$dir/classes" \
  -XDcompilePolicy=simple --should-stop=ifError=FLOW -Xplugin:ErrorProne "$dir"/src/t/*.java 2>&1 |
  sed "s|$dir/src/||" | tee "$dir/warnings"
echo "--- javadoc -Werror"
"$jdk/bin/javadoc" -quiet -Werror -Xdoclint:all -d "$dir/html" --snippet-path "$dir/examples" \
  "$dir"/src/t/*.java
grep -l 'int one = 1;' "$dir"/html/t/By*.html | sed 's|.*/||' | tee "$dir/shown"

grep -q '^t/ByClass.java:3: warning: \[InvalidSnippet\]' "$dir/warnings" ||
  { echo "CHANGED: class= is taken"; exit 1; }
if grep -q '^t/ByFile.java' "$dir/warnings"; then echo "CHANGED: file= is not taken"; exit 1; fi
[ "$(wc -l < "$dir/shown")" = 2 ] || { echo "CHANGED: javadoc does not show both"; exit 1; }
echo "as described"
