#!/bin/bash
# JDK 25: ParallelGC and SerialGC enlarge the old generation up to -Xmx before they collect it.
#
# One would guess: a program that keeps 80 MiB of arrays, and drops one of 4 MiB for each that it
# makes, has a heap of some hundred MiB; the JVM collects garbage rather than ask for more memory.
#
# What happens: arrays that do not fit the young generation go to the old one, and when that is full
# it is enlarged. It is collected when it cannot grow any more: with -Xmx2g the old generation has
# 2,040 MiB, under ParallelGC and SerialGC alike. G1, whose concurrent cycle begins earlier, takes 1
# to 1.6 GiB. With -Xmx256m the same program runs as well, in 248 MiB.
#
# Why it matters: numerical programs in Java make large arrays. Their resident memory creeps to the
# limit and looks like a leak, however little is alive. What helps is to use arrays again, survivor
# spaces that hold what lives for a while (-XX:SurvivorRatio, -XX:-UseAdaptiveSizePolicy), or a
# lower limit.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat > "$dir/Old.java" <<'JAVA'
import java.lang.management.ManagementFactory;

class Old {
  static final float[] KEPT = new float[16 << 20];
  static final float[][] RECENT = new float[4][];

  public static void main(String[] args) {
    long most = 0;
    for (int i = 0; i < 2000; i++) {
      RECENT[i % RECENT.length] = new float[1 << 20];
      for (var pool : ManagementFactory.getMemoryPoolMXBeans()) {
        if (pool.getName().contains("Old") || pool.getName().contains("Tenured")) {
          most = Math.max(most, pool.getUsage().getCommitted());
        }
      }
    }
    System.out.println(most >> 20);
  }
}
JAVA

java -version 2>&1 | head -n 1
javac -d "$dir" "$dir/Old.java"
old() {
  java "-XX:+Use$1GC" -Xmn8m -Xms128m "-Xmx$2" -cp "$dir" Old
}
parallel=$(old Parallel 2g)
serial=$(old Serial 2g)
g1=$(old G1 2g)
small=$(old Parallel 256m)
echo "80 MiB are alive. MiB of the old generation:"
echo "ParallelGC -Xmx2g    $parallel"
echo "SerialGC   -Xmx2g    $serial"
echo "G1GC       -Xmx2g    $g1"
echo "ParallelGC -Xmx256m  $small"
((parallel > 1900 && serial > 1900 && g1 > 500 && small < 256)) || {
  echo "changed: the old generation is collected before it has grown to the limit"
  exit 1
}
