#!/bin/bash
# A test of a named module that passes with all the others can fail when it is run alone.
#
# One would guess: surefire patches the tests into the module and opens its packages to the test engine, so
# that a test may do by reflection what it may do in any run; `-Dtest=` chooses which tests run, nothing else.
#
# What happens: surefire passes --add-opens for the packages in which it has found tests to run. With `-Dtest=`
# these are the packages of the chosen tests alone. A test whose superclass lies in another package of the same
# module, with a field that JUnit fills (@TempDir), fails with InaccessibleObjectException. With any test of the
# superclass's package beside it, it passes.
#
# Why it matters: who works on one test sees it fail for a reason that is not in it, and that CI does not have.
# The packages of such superclasses can be opened in the plugin's argLine.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir -p src/main/java/app/part src/test/java/app/part
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>app</artifactId><version>1</version>
  <properties><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding><maven.compiler.release>17</maven.compiler.release></properties>
  <dependencies>
    <dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.14.4</version><scope>test</scope></dependency>
  </dependencies>
  <build><plugins>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.14.1</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId><version>3.6.1</version></plugin>
  </plugins></build>
</project>
XML
echo 'module app {}' > src/main/java/module-info.java
echo 'package app; class Whole {}' > src/main/java/app/Whole.java
echo 'package app.part; class Part {}' > src/main/java/app/part/Part.java
cat > src/test/java/app/Harness.java <<'JAVA'
package app;
public abstract class Harness {
  @org.junit.jupiter.api.io.TempDir protected java.nio.file.Path directory;
}
JAVA
for name in Whole:app: Part:app.part:; do
  IFS=: read -r class package _ <<< "$name"
  cat > "src/test/java/${package//.//}/${class}Test.java" <<JAVA
package $package;
class ${class}Test extends app.Harness {
  @org.junit.jupiter.api.Test void works() { org.junit.jupiter.api.Assertions.assertNotNull(directory); }
}
JAVA
done
mvn -B -v | sed -n '1p;3p'
echo "surefire 3.6.1, JUnit 5.14.4"

try() { # WHAT EXPECTED MAVEN_ARGUMENT...
  local what=$1 expected=$2 result=passes
  shift 2
  mvn -B test "$@" > log 2>&1 || result=fails
  echo "$what: $result"
  grep -m 1 -o 'InaccessibleObject.*"opens app".*module' log || true
  [ "$result" = "$expected" ] || { echo CHANGED; tail -20 log; exit 1; }
}
try "all tests" passes
try "PartTest alone" fails -Dtest=PartTest
try "PartTest and WholeTest" passes -Dtest=PartTest,WholeTest
try "PartTest alone, the package of its superclass opened" passes -Dtest=PartTest -DargLine=--add-opens=app/app=ALL-UNNAMED
echo "as described"
