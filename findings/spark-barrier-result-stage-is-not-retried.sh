#!/bin/bash
# Spark 4.2.0: a barrier stage whose task fails is started again, but not if it is the last one of a job.
#
# One would guess: if a task of a barrier stage fails, all tasks of the stage are started again, as the
# documentation of RDD.barrier() says ("Spark will abort the entire stage and re-launch all tasks for
# this stage"), up to spark.stage.maxConsecutiveAttempts, 4 times.
#
# What happens: so it is for a stage that is followed by a shuffle. barrier().mapPartitions(...).collect(),
# the form of each example, has none: its only stage is the result stage, which Spark never starts again
# ("Could not recover from a failed barrier ResultStage"), because other partitions may have handed their
# results over. No setting changes it: neither that one nor spark.task.maxFailures. The same job without
# barrier() goes on after the failure; with barrier() and a repartition() behind it, too.
#
# Why it matters: barrier stages are for long computations of many tasks that talk to each other, and
# there one lost executor ends the job. It needs a shuffle of next to nothing behind it, or a loop in the
# driver that submits the job again.
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

cat > "$dir/Retry.java" <<'JAVA'
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Function1;
import scala.collection.Iterator;
import scala.reflect.ClassTag;

public final class Retry {
  private static final AtomicInteger ATTEMPTS = new AtomicInteger();
  private static boolean changed;

  public static void main(String[] args) {
    // Two threads; a task may fail three times.
    SparkConf conf = new SparkConf().setMaster("local[2,4]").setAppName("retry").set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      System.out.println("Spark " + spark.version() + ", Java " + Runtime.version() + "; the first attempt of a task fails");
      run("without barrier()            ", 2, failsOnce(spark, false));
      run("barrier()                    ", 1, failsOnce(spark, true));
      run("barrier(), then map()        ", 1, failsOnce(spark, true).map(x -> x));
      run("barrier(), then repartition()", 2, failsOnce(spark, true).repartition(2));
    }
    System.out.println(changed ? "CHANGED" : "as described");
    System.exit(changed ? 1 : 0);
  }

  private static JavaRDD<Integer> failsOnce(JavaSparkContext spark, boolean barrier) {
    Function1<Iterator<Integer>, Iterator<Integer>> task =
        (Function1<Iterator<Integer>, Iterator<Integer>> & Serializable)
            numbers -> {
              if (TaskContext.getPartitionId() == 0 && ATTEMPTS.incrementAndGet() == 1) {
                throw new IllegalStateException("the first attempt");
              }
              return numbers;
            };
    ClassTag<Integer> integers = ClassTag.apply(Integer.class);
    var rdd = spark.parallelize(List.of(1, 2), 2).rdd();
    return (barrier ? rdd.barrier().mapPartitions(task, false, integers) : rdd.mapPartitions(task, false, integers)).toJavaRDD();
  }

  private static void run(String what, int expected, JavaRDD<Integer> rdd) {
    ATTEMPTS.set(0);
    String end;
    try {
      end = "result " + rdd.collect();
    } catch (Exception e) {
      end = e.getMessage().lines().findFirst().orElseThrow();
    }
    System.out.println(what + " " + ATTEMPTS + " attempts: " + end);
    changed |= ATTEMPTS.get() != expected || end.startsWith("result") != (expected == 2);
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
  -cp "$(cat "$dir/classpath")" "$dir/Retry.java"
