#!/bin/bash
# JDK 25: for methods with a profile in an AOT cache, C2's thresholds have no effect.
#
# One would guess: an AOT cache's profiles (JEP 515) let C2 begin without counting first in C1's code,
# and options that say when it begins, such as -XX:Tier4BackEdgeThreshold=N for loops that run long in
# one call, keep their meaning.
#
# What happens: a method whose profile is in the cache goes to C2 whatever the thresholds, those of
# loops and those of calls, and in the middle of a call where it has a loop (on-stack replacement).
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

# 3,000 calls and three million rounds are no reason for C2 to begin: it would take a billion.
options="-XX:+UnlockDiagnosticVMOptions -XX:Tier4BackEdgeThreshold=2000000000 -XX:Tier4InvocationThreshold=1000000000
  -XX:Tier4MinInvocationThreshold=1000000000 -XX:Tier4CompileThreshold=1000000000"
"$jdk/bin/java" -XX:AOTCacheOutput=loop.aot -cp loop.jar Loop 20000 > /dev/null 2>&1

# How often C2 (level 4) compiled the method, from the start or in the middle of a call.
compiled() {
  "$jdk/bin/java" $options "$@" -XX:+PrintCompilation -cp loop.jar Loop 3000 |
    grep -cE ' 4 +Loop::sum .*bytes\)$' || true
}
without=$(compiled)
with=$(compiled -XX:AOTCache=loop.aot)
ignored=$(compiled -XX:AOTCache=loop.aot -XX:-AOTReplayTraining)
echo "compilations by C2: without a cache $without, with a cache $with, with its profiles ignored $ignored"
[ "$without" = 0 ] && [ "$with" -ge 1 ] && [ "$ignored" = 0 ]
