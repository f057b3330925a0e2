#!/bin/bash
# Spark 4.2.0: BarrierTaskContext.barrier() and allGather() take a second each.
#
# One would guess: tasks that arrive at a barrier at the same time go on after a message to the driver and
# its answer: some milliseconds, in one JVM far less.
#
# What happens: the call asks the driver in the background, and between two looks for the answer it sleeps
# for a second, Thread.sleep(1000). Now and then the task that comes last finds the answer at its first look;
# its call is over at once, and it waits for the others at the next barrier. So a barrier costs a second,
# in one JVM as between executors, and there is no setting for it.
#
# Why it matters: "all tasks wait for each other" is what barrier execution is for. An algorithm with a
# barrier a step cannot do more than one step a second; use one allGather() at the start, for the tasks'
# addresses, and let them talk to each other by themselves.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for home in "${JAVA25_HOME:-none}" "${JAVA_HOME:-none}" /usr/lib/jvm/*; do
  if [ -x "$home/bin/javac" ] && [[ $("$home/bin/java" -version 2>&1) == *'version "25'* ]]; then
    jdk=$home
    break
  fi
done
: "${jdk:?needs a JDK 25: set JAVA_HOME}"

cat > "$dir/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.spark</groupId><artifactId>spark-core_2.13</artifactId><version>4.2.0</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath \
  -Dmdep.outputFile="$dir/classpath" > /dev/null

cat > "$dir/Barrier.java" <<'JAVA'
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Function1;
import scala.collection.Iterator;
import scala.reflect.ClassTag;

public final class Barrier {
  private static final int CALLS = 9;

  public static void main(String[] args) {
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("barrier").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      System.out.println("Spark " + spark.version() + ", Java " + Runtime.version() + "; milliseconds a call, sorted");
      Function1<Iterator<Integer>, Iterator<long[]>> task =
          (Function1<Iterator<Integer>, Iterator<long[]>> & Serializable) numbers -> Iterator.single(times());
      ClassTag<long[]> arrays = ClassTag.apply(long[].class);
      List<long[]> times = spark.parallelize(List.of(1, 2), 2).rdd().barrier().mapPartitions(task, false, arrays).toJavaRDD().collect();
      boolean changed = false;
      for (long[] one : times) {
        long[] barrier = Arrays.copyOf(one, CALLS);
        long[] gather = Arrays.copyOfRange(one, CALLS, 2 * CALLS);
        Arrays.sort(barrier);
        Arrays.sort(gather);
        System.out.println("barrier()   " + Arrays.toString(barrier));
        System.out.println("allGather() " + Arrays.toString(gather));
        changed |= barrier[CALLS / 2] < 900 || gather[CALLS / 2] < 900;
      }
      System.out.println(changed ? "CHANGED" : "as described");
      System.exit(changed ? 1 : 0);
    }
  }

  private static long[] times() {
    BarrierTaskContext context = BarrierTaskContext.get();
    context.barrier();
    long[] milliseconds = new long[2 * CALLS];
    for (int i = 0; i < milliseconds.length; i++) {
      long begin = System.nanoTime();
      if (i < CALLS) {
        context.barrier();
      } else {
        context.allGather("address");
      }
      milliseconds[i] = (System.nanoTime() - begin) / 1_000_000;
    }
    return milliseconds;
  }
}
JAVA
cat > "$dir/log4j2.properties" <<'LOG'
rootLogger.level = off
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
LOG
"$jdk/bin/java" -Dlog4j2.configurationFile="$dir/log4j2.properties" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "$(cat "$dir/classpath")" "$dir/Barrier.java"
