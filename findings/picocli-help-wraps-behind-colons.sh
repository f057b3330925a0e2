#!/bin/bash
# picocli 4.7.7: help texts are wrapped behind a colon too, in the middle of a word.
#
# One would guess: a description is wrapped at spaces, so that what a user is to type, such as
# `mnist:7` or `key:value`, stands on one line.
#
# What happens: a line may end behind the colon, and the next one begins with what follows. Whether it
# does depends on the width of the column, which depends on the longest name of an option: adding an
# option tears the example of another.
#
# Why it matters: what is copied from the help is not what the program takes. No-break spaces do not
# help; a form without a colon does, or a line of its own for it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/java" ] && [[ $("$home/bin/java" -version 2>&1) =~ version..(1[1-9]|2[0-9]) ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 11 or later: set JAVA_HOME}"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
  -Dartifact=info.picocli:picocli:4.7.7 -DoutputDirectory="$dir" > /dev/null

cat > "$dir/Wrap.java" <<'JAVA'
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

public class Wrap {
  @Command(name = "wrap")
  static class Program {
    @Option(names = "--image", description = "an image of the embedded data or a file, for one mnist:1234567")
    String image;
  }

  public static void main(String[] args) {
    System.out.println("picocli " + CommandLine.VERSION);
    for (int width = 60; width <= 90; width++) {
      String help = new CommandLine(new Program()).setUsageHelpWidth(width).getUsageMessage();
      if (help.lines().anyMatch(line -> line.endsWith("mnist:"))) {
        System.out.println("torn at a width of " + width + ":");
        System.out.println(help);
        return;
      }
    }
    System.out.println("not torn");
  }
}
JAVA
"$jdk/bin/java" -cp "$dir/picocli-4.7.7.jar" "$dir/Wrap.java" | tee "$dir/out"
grep -q '^torn at a width' "$dir/out" || { echo "CHANGED: words stay whole"; exit 1; }
echo "as described"
