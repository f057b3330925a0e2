#!/bin/bash
# JDK 25: for methods with a profile in an AOT cache, C2's thresholds have no effect.
#
# One would guess: an AOT cache's profiles (JEP 515) let C2 begin without counting first in C1's code,
# and options that say when it begins, such as -XX:Tier4BackEdgeThreshold=N for loops that run long in
# one call, keep their meaning.
#
# What happens: a method whose profile is in the cache goes to C2 as soon as the counter in C1's code
# notifies for the first time, whatever the thresholds. As loops notify first, many methods are
# compiled in the middle of a call (on-stack replacement), and once more for calls from the start.
# -XX:-AOTReplayTraining, behind -XX:+UnlockDiagnosticVMOptions, ignores the profiles; with
# -XX:-UseOnStackReplacement methods are compiled once.
#
# Why it matters: a start that waits for C2, as that of a program on the Vector API does, can become
# slower by the cache that is to make it faster, and the option that was to prevent it says nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/jar" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"
"$jdk/bin/java" -version 2>&1 | sed -n 2p
cd "$dir"

cat > Loop.java <<'JAVA'
public class Loop {
  static long sum(int[] a) {
    long sum = 0;
    for (int x : a) {
      sum += x * (long) x ^ sum;
    }
    return sum;
  }

  public static void main(String[] args) {
    int[] a = new int[1000];
    long total = 0;
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      total += sum(a);
    }
    System.out.println(total);
  }
}
JAVA
"$jdk/bin/javac" Loop.java
"$jdk/bin/jar" --create --file loop.jar Loop.class

# Three million loops are no reason for C2 to begin in the middle of a call: it would take two billion.
options="-XX:Tier4BackEdgeThreshold=2000000000 -XX:+UnlockDiagnosticVMOptions"
"$jdk/bin/java" $options -XX:AOTCacheOutput=loop.aot -cp loop.jar Loop 20000 > /dev/null 2>&1

# How often C2 (level 4) compiled the loop in the middle of a call (%).
replaced() {
  "$jdk/bin/java" $options "$@" -XX:+PrintCompilation -cp loop.jar Loop 3000 |
    awk '/Loop::sum/ && !/made not entrant/ && / % / && $4 == 4' | wc -l
}
without=$(replaced)
with=$(replaced -XX:AOTCache=loop.aot)
ignored=$(replaced -XX:AOTCache=loop.aot -XX:-AOTReplayTraining)
echo "compiled by C2 in the middle of a call: without a cache $without, with a cache $with, with its profiles ignored $ignored"
[ "$without" = 0 ] && [ "$with" -ge 1 ] && [ "$ignored" = 0 ]
