#!/bin/bash
# Spark 4.2.0: the rows of a DataFrame over several Parquet files come in the order of the files' sizes.
#
# One would guess: rows come in the order of the paths that were given, or in that of the names in a
# directory, and within a file in the order in which they were written.
#
# What happens: Spark cuts the files into pieces of spark.sql.files.maxPartitionBytes and sorts the pieces
# by length, the longest first, to fill its partitions. So the largest file comes first, in whatever order
# the paths were given; first(), limit(n), zipWithIndex() and monotonically_increasing_id() all follow that
# order. A file of more than one piece is not even in one place: the rest that is left of it comes behind
# the whole pieces of all other files. Nothing in the plan or in the schema shows it.
#
# Why it matters: a row's number is no identity. It changes when a file is compressed differently, or is
# written anew with a row more, and a split into training and validation by that number changes with it.
# What stays is _metadata.file_path (or file_name) together with _metadata.row_index.
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
    <dependency><groupId>org.apache.spark</groupId><artifactId>spark-sql_2.13</artifactId><version>4.2.0</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath \
  -Dmdep.outputFile="$dir/classpath" > /dev/null

cat > "$dir/Order.java" <<'JAVA'
import static java.util.stream.Collectors.joining;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

public final class Order {
  public static void main(String[] args) throws Exception {
    Path dir = Path.of(args[0]);
    try (SparkSession spark = SparkSession.builder().master("local[2]").config("spark.ui.enabled", "false").getOrCreate()) {
      System.out.println("Spark " + spark.version() + ", Java " + Runtime.version());
      // One file each, of 10, 100,000 and 1,000 rows: a.parquet is the smallest.
      String[] paths = {file(spark, dir, "a", 10), file(spark, dir, "b", 100_000), file(spark, dir, "c", 1_000)};
      Dataset<Row> rows = spark.read().parquet(paths);
      String files = files(rows);
      String first = rows.first().getString(0);
      String numbered = rows.selectExpr("name").javaRDD().zipWithIndex().first()._1().getString(0);
      System.out.println("paths given: a b c; rows come from " + files + "; first() is " + first + ", number 0 of zipWithIndex() " + numbered);

      // Now pieces of at most 1.5 MB.
      spark.conf().set("spark.sql.files.maxPartitionBytes", "1500000");
      spark.conf().set("spark.sql.files.openCostInBytes", "0");
      paths[2] = file(spark, dir, "d", 40_000);
      String pieces = files(spark.read().parquet(paths));
      System.out.println("a, b and d of 40,000 rows, in pieces: rows come from " + pieces);
      if (!files.equals("b c a") || !first.equals("b0") || !numbered.equals("b0") || pieces.split("b").length < 3) {
        System.out.println("CHANGED");
        System.exit(1);
      }
      System.out.println("as described");
    }
  }

  private static String file(SparkSession spark, Path dir, String name, int count) throws Exception {
    Path out = dir.resolve("out-" + name);
    spark.range(0, count, 1, 1).selectExpr("concat('" + name + "', id) as name", "sha2(string(id), 256) as text")
        .write().option("parquet.block.size", "500000").parquet(out.toString());
    Path file = dir.resolve(name + ".parquet");
    try (var written = Files.list(out)) {
      Files.move(written.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow(), file);
    }
    System.out.println(file.getFileName() + ": " + count + " rows, " + Files.size(file) + " bytes");
    return file.toString();
  }

  /** The files in the order in which rows come; repeats in a row are left out. */
  private static String files(Dataset<Row> rows) {
    String all = rows.selectExpr("substring(name, 1, 1)").collectAsList().stream().map(row -> row.getString(0)).collect(joining());
    return String.join(" ", all.replaceAll("(.)\\1+", "$1").split(""));
  }
}
JAVA
cat > "$dir/log4j2.properties" <<'LOG'
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
LOG
"$jdk/bin/java" -Dlog4j2.configurationFile="$dir/log4j2.properties" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "$(cat "$dir/classpath")" "$dir/Order.java" "$dir"
