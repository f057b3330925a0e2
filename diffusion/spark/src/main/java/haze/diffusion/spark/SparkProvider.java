package haze.diffusion.spark;

import haze.diffusion.pipeline.RequestException;
import haze.diffusion.training.ClusterProvider;
import haze.diffusion.training.StepEngine;
import java.nio.file.Path;
import java.security.CodeSource;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/// `haze train --spark MASTER --executors N`: a Spark application of its own.
///
/// What `spark-submit` or system properties set stays as it is, but for the master, if one is
/// given, and the numbers of executors and their threads.
public final class SparkProvider implements ClusterProvider {
  private static final String MASTER = "spark.master";
  private static final String TASK_CPUS = "spark.task.cpus";
  private static final String JARS = "spark.jars";
  private static final String JVM = "spark.executor.extraJavaOptions";

  /// Made by [java.util.ServiceLoader].
  public SparkProvider() {}

  @Override
  public StepEngine open(Request request) {
    SparkConf conf = conf(request);
    JavaSparkContext context;
    try {
      context = new JavaSparkContext(conf);
    } catch (Exception e) {
      throw new RequestException("spark", "is " + conf.get(MASTER) + ": " + firstLine(e));
    }
    return SparkEngine.owning(context, request.executors());
  }

  static SparkConf conf(Request request) {
    SparkConf conf = new SparkConf();
    request.master().ifPresent(conf::setMaster);
    if (!conf.contains(MASTER)) {
      throw new RequestException(
          "spark", "is not given, and no master is set by spark-submit either");
    }
    conf.setIfMissing("spark.app.name", request.title());
    int threads = request.threads().orElseGet(() -> conf.getInt(TASK_CPUS, 1));
    String cores = Integer.toString(threads);
    conf.set(TASK_CPUS, cores)
        .setIfMissing("spark.executor.cores", cores)
        .setIfMissing("spark.executor.instances", Integer.toString(request.executors()))
        .setIfMissing("spark.cores.max", Integer.toString(threads * request.executors()))
        // It would write over the line of the progress.
        .setIfMissing("spark.ui.showConsoleProgress", "false")
        // Of a task that is lost Haze tells itself, without its stack.
        .setIfMissing("spark.log.level", "ERROR");
    if (!isLocal(conf)) {
      conf.set(JVM, (ProgramOptions.read() + " " + conf.get(JVM, "")).strip());
      requireJar(conf);
    }
    return conf;
  }

  /// Executors of other processes need Haze's classes.
  private static void requireJar(SparkConf conf) {
    if (conf.contains(JARS) || conf.contains("spark.executor.extraClassPath")) {
      return;
    }
    @Nullable CodeSource source = SparkProvider.class.getProtectionDomain().getCodeSource();
    Path place = source == null ? Path.of("") : Path.of(source.getLocation().getPath());
    if (!place.toString().endsWith("-app.jar")) {
      throw new RequestException(
          "spark",
          "is "
              + conf.get(MASTER)
              + ", whose executors need the application jar: mvn -q -Pspark package"
              + " -DskipTests makes it, and spark-submit takes it; see"
              + " diffusion/spark/README.md");
    }
    conf.set(JARS, place.toUri().toString());
  }

  static boolean isLocal(SparkConf conf) {
    String master = conf.get(MASTER);
    return master.equals("local") || master.startsWith("local[");
  }

  private static String firstLine(Throwable failure) {
    String text = failure instanceof SparkException ? failure.getMessage() : failure.toString();
    return String.valueOf(text).lines().findFirst().orElse("");
  }
}
