#!/bin/bash
# JDK 25, ParallelGC: a young collection may leave a large array in the old generation twice.
#
# One would guess: a collection moves each object that is alive once, however many threads collect.
#
# What happens: two threads that reach the same array at the same time, through two of the objects
# that refer to it, both copy it. One copy wins; the other stays in the old generation as dead
# memory until that is collected. The larger the array, the longer the copy takes, and the more
# likely it is: with 16 MiB and 200,000 references in most collections. With one thread never.
#
# Why it matters: weights, gradients and buffers of a program that learns are few large arrays with
# many references. -XX:ParallelGCThreads=1 costs little where little dies, and such a program's
# resident memory is smaller by some of its arrays.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javac" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"
"$jdk/bin/java" -version 2>&1 | sed -n 2p
[ "$(nproc)" -ge 2 ] || { echo 'needs two processors'; exit 1; }

cat > "$dir/Twice.java" <<'JAVA'
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.util.ArrayList;
import java.util.List;

public final class Twice {
  private static final int MIB = 1 << 20;
  private static final int ROUNDS = 20;

  record Holder(float[] array) {}

  public static void main(String[] args) {
    int twice = 0;
    for (int round = 0; round < ROUNDS; round++) {
      System.gc();
      long before = old();
      float[] array = new float[4 * MIB];
      List<Holder> holders = new ArrayList<>();
      for (int i = 0; i < 200_000; i++) {
        holders.add(new Holder(array));
      }
      long collections = collections();
      int garbage = 0;
      while (collections() == collections) {
        garbage += new byte[1000].length;
      }
      if (old() - before > 24 * MIB) {
        twice++;
      }
      if (holders.getLast().array.length == 0 || garbage < 0) {
        throw new IllegalStateException();
      }
    }
    System.out.println(twice);
  }

  private static long old() {
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getName().contains("Old Gen")) {
        return pool.getUsage().getUsed();
      }
    }
    throw new IllegalStateException();
  }

  private static long collections() {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector.getName().contains("Scavenge")) {
        return collector.getCollectionCount();
      }
    }
    throw new IllegalStateException();
  }
}
JAVA
"$jdk/bin/javac" -d "$dir" "$dir/Twice.java"
twice() {
  "$jdk/bin/java" -XX:+UseParallelGC -XX:ParallelGCThreads="$1" -Xmn96m -Xmx2g -cp "$dir" Twice
}
one=$(twice 1)
two=$(twice 2)
echo "an array of 16 MiB took 32 in the old generation after $one of 20 collections with one thread, $two with two"
[ "$one" = 0 ] && [ "$two" -ge 3 ] || { echo 'the JDK has changed'; exit 1; }
