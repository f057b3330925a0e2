#!/bin/bash
# Ant's <zip update="true" modificationtime="..."> stores local time: jars differ from zone to zone.
#
# One would guess: with modificationtime="2026-01-01T00:00:00Z", a moment with its zone, the archive is
# the same wherever it is made; that is what the attribute is for (reproducible builds), and Maven's
# own jar plugin, given the same moment, does that.
#
# What happens: a zip entry holds a local time without a zone, and Ant writes the moment as the clock
# of the machine's zone shows it: 00:00 in UTC, 09:00 in Tokyo. An update stamps the new entry so, and
# all the others that it copies. Without the zone ("2026-01-01T00:00:00") Ant reads the time as UTC.
#
# Why it matters: a build checked twice on one machine is "reproducible", and differs on another
# continent. A cure is to run Ant's JVM in UTC: -Duser.timezone=UTC, for Maven in .mvn/jvm.config.
set -euo pipefail
version=1.10.15
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat > "$dir/pom.xml" <<XML
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.ant</groupId><artifactId>ant</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies \
  -DoutputDirectory="$dir/lib" > /dev/null

cat > "$dir/build.xml" <<'XML'
<project>
  <echo file="files/old">old</echo>
  <echo file="files/new">new</echo>
  <zip destfile="${name}.zip" modificationtime="${time}"><fileset dir="files" includes="old"/></zip>
  <zip destfile="${name}.zip" modificationtime="${time}" update="true"><fileset dir="files" includes="new"/></zip>
</project>
XML
zip() { # NAME ZONE TIME
  (cd "$dir" && java -Duser.timezone="$2" -cp 'lib/*' org.apache.tools.ant.launch.Launcher -q \
    -lib lib -Dname="$1" -Dtime="$3" > "$1.log" 2>&1) || { cat "$dir/$1.log"; exit 1; }
  # The DOS time of the first entry: bytes 10 to 13 of its header.
  stored=$(od -An -tx1 -j10 -N4 "$dir/$1.zip" | tr -d ' ')
  echo "$3 in $2: stored $stored, sha256 $(sha256sum < "$dir/$1.zip" | cut -c1-16)"
}
echo "Ant $version on $(java -version 2>&1 | head -1)"
zip utc UTC 2026-01-01T00:00:00Z
zip tokyo Asia/Tokyo 2026-01-01T00:00:00Z
zip plain Asia/Tokyo 2026-01-01T00:00:00

if cmp -s "$dir/utc.zip" "$dir/tokyo.zip"; then echo "CHANGED: the zone does not matter"; exit 1; fi
cmp -s "$dir/tokyo.zip" "$dir/plain.zip" || { echo "CHANGED: a time without zone is not UTC"; exit 1; }
echo "as described"
