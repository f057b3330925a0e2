#!/bin/bash
# C2 of JDK 25: a loop over signed bytes becomes vector code, the same loop over unsigned ones does not.
#
# One would guess: sum[i] += w * b[i] and sum[i] += w * (b[i] & 0xFF), floats and bytes, cost the same;
# the mask is one instruction more. And a char, which is unsigned by itself, is as good as a short.
#
# What happens: with b[i], or with a short, the loop is vectorized. With b[i] & 0xFF, with
# Byte.toUnsignedInt, and with a char it stays scalar and takes some ten times as long. The mask is
# not to blame: over an int[] the same mask is vectorized. It is the path from 8 or 16 unsigned bits to a float.
#
# Why it matters: levels of images are unsigned bytes. Means of areas, brightness, conversion to
# floats are such loops. Bytes copied to a short[] or int[] once are read many times at full speed; or
# the Vector API's ZERO_EXTEND_B2I.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for home in "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/java" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"

cat > "$dir/Unsigned.java" <<'JAVA'
final class Unsigned {
  private static final int COUNT = 4096;
  private static final int ROUNDS = 2000;

  static void signedBytes(float[] sum, byte[] b, float w) {
    for (int i = 0; i < b.length; i++) {
      sum[i] += w * b[i];
    }
  }

  static void maskedBytes(float[] sum, byte[] b, float w) {
    for (int i = 0; i < b.length; i++) {
      sum[i] += w * (b[i] & 0xFF);
    }
  }

  static void unsignedBytes(float[] sum, byte[] b, float w) {
    for (int i = 0; i < b.length; i++) {
      sum[i] += w * Byte.toUnsignedInt(b[i]);
    }
  }

  static void chars(float[] sum, char[] b, float w) {
    for (int i = 0; i < b.length; i++) {
      sum[i] += w * b[i];
    }
  }

  static void shorts(float[] sum, short[] b, float w) {
    for (int i = 0; i < b.length; i++) {
      sum[i] += w * b[i];
    }
  }

  static void maskedInts(float[] sum, int[] b, float w) {
    for (int i = 0; i < b.length; i++) {
      sum[i] += w * (b[i] & 0xFF);
    }
  }

  static void main() {
    float[] sum = new float[COUNT];
    byte[] bytes = new byte[COUNT];
    char[] chars = new char[COUNT];
    short[] shorts = new short[COUNT];
    int[] ints = new int[COUNT];
    double signed = time(() -> signedBytes(sum, bytes, 3));
    print("byte, signed", signed, signed);
    print("byte & 0xFF", time(() -> maskedBytes(sum, bytes, 3)), signed);
    print("Byte.toUnsignedInt", time(() -> unsignedBytes(sum, bytes, 3)), signed);
    print("char", time(() -> chars(sum, chars, 3)), signed);
    print("short", time(() -> shorts(sum, shorts, 3)), signed);
    print("int & 0xFF", time(() -> maskedInts(sum, ints, 3)), signed);
  }

  /// Nanoseconds an element, the least of 20 rounds.
  private static double time(Runnable loop) {
    double least = Double.MAX_VALUE;
    for (int round = -10; round < 20; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < ROUNDS; i++) {
        loop.run();
      }
      double nanoseconds = (double) (System.nanoTime() - start) / ROUNDS / COUNT;
      least = round < 0 ? least : Math.min(least, nanoseconds);
    }
    return least;
  }

  private static void print(String loop, double time, double signed) {
    System.out.printf(
        "%-18s %.3f ns an element, %4.1f times the first: %s%n",
        loop, time, time / signed, time / signed > 3 ? "slow" : "fast");
  }
}
JAVA
"$jdk/bin/java" -version 2>&1 | sed -n 1p
"$jdk/bin/java" "$dir/Unsigned.java" | tee "$dir/out"
for loop in 'byte, signed' 'short' 'int & 0xFF'; do
  grep -qE "^$loop .*: fast$" "$dir/out" || { echo "CHANGED: $loop is slow"; exit 1; }
done
for loop in 'byte & 0xFF' 'Byte.toUnsignedInt' 'char'; do
  grep -qE "^$loop .*: slow$" "$dir/out" || { echo "CHANGED: $loop is fast"; exit 1; }
done
echo "as described"
