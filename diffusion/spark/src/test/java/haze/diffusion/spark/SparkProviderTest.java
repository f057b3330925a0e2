package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.training.ClusterProvider;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SparkProviderTest {
  private static SparkConf conf(String master, int executors, int threads) {
    return SparkProvider.conf(
        new ClusterProvider.Request(
            "haze train runs/a",
            Optional.ofNullable(master),
            executors,
            threads == 0 ? OptionalInt.empty() : OptionalInt.of(threads)));
  }

  @Test
  void theCommandFindsIt() {
    assertInstanceOf(
        SparkProvider.class, ServiceLoader.load(ClusterProvider.class).findFirst().orElseThrow());
  }

  @Test
  void executorsAndThreadsAreSparksOwn() {
    SparkConf conf = conf("local[8]", 3, 2);
    assertEquals("local[8]", conf.get("spark.master"));
    assertEquals("haze train runs/a", conf.get("spark.app.name"));
    assertEquals("2", conf.get("spark.task.cpus"));
    assertEquals("2", conf.get("spark.executor.cores"));
    assertEquals("3", conf.get("spark.executor.instances"));
    assertEquals("6", conf.get("spark.cores.max"));
    // It is the program's own JVM.
    assertFalse(conf.contains("spark.executor.extraJavaOptions"));
  }

  @Test
  void withoutAMasterNothingBegins() {
    assertEquals(
        "spark is not given, and no master is set by spark-submit either",
        assertThrows(RequestException.class, () -> conf(null, 2, 0)).getMessage());
  }

  @Test
  void whatWasSubmittedStaysAsItIs() {
    System.setProperty("spark.master", "spark://somewhere:7077");
    System.setProperty("spark.jars", "app.jar");
    System.setProperty("spark.executor.extraJavaOptions", "-Dmine=1");
    try {
      SparkConf conf = conf(null, 2, 0);
      assertEquals("spark://somewhere:7077", conf.get("spark.master"));
      assertEquals("app.jar", conf.get("spark.jars"));
      assertTrue(conf.get("spark.executor.extraJavaOptions").endsWith(" -Dmine=1"));
      assertTrue(
          conf.get("spark.executor.extraJavaOptions").contains("-XX:ObjectAlignmentInBytes=64"));
      assertEquals("1", conf.get("spark.task.cpus"));
    } finally {
      System.clearProperty("spark.master");
      System.clearProperty("spark.jars");
      System.clearProperty("spark.executor.extraJavaOptions");
    }
  }

  /// Classes in a directory cannot be sent to executors.
  @Test
  void aClusterNeedsTheApplicationJar() {
    assertTrue(
        assertThrows(RequestException.class, () -> conf("spark://somewhere:7077", 2, 0))
            .getMessage()
            .startsWith(
                "spark is spark://somewhere:7077, whose executors need the application jar"));
  }
}
