package haze.diffusion.spark;

import static haze.diffusion.io.Quantities.counted;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.PackedImages;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.training.RunConfiguration;
import haze.diffusion.training.StepEngine;
import haze.diffusion.training.TrainingListener;
import haze.nn.BatchStep;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/// Training on the executors of Apache Spark: tasks of one barrier stage share the shards of each
/// batch. The weights are bit for bit those of one machine, for any number of tasks.
///
/// The run is the driver's: its directory, metrics, checkpoints, validation and samples are what
/// they are without Spark. Weights, averages and the optimizer's state come to the driver when it
/// saves, measures or samples; a task that is lost costs the steps since.
///
/// {@snippet file="haze/diffusion/spark/SparkEngineTest.java" region="train"}
public final class SparkEngine implements StepEngine {
  /// The port on which the driver waits for its tasks; 0, any that is free.
  public static final String PORT = "spark.haze.driver.port";

  /// Parquet files that Spark reads, in the place of the run's own data; see [SparkImages#parquet].
  public static final String DATA = "spark.haze.data";

  /// A directory for copies of runs, in any file system of Hadoop's.
  public static final String COPIES = "spark.haze.copies";

  private final JavaSparkContext context;
  private final int tasks;
  private final int threads;
  private final boolean owned;
  private Consumer<String> warnings = _ -> {};
  private @Nullable Stage stage;
  private @Nullable RemoteStep step;

  /// The run that goes on, whose copy is kept.
  private @Nullable Path kept;

  private @Nullable RunCopy copy;

  private SparkEngine(JavaSparkContext context, int tasks, boolean owned) {
    if (tasks < 1) {
      throw new RequestException("executors", "is " + tasks + ", expected at least 1");
    }
    this.context = context;
    this.tasks = tasks;
    this.owned = owned;
    threads = context.getConf().getInt("spark.task.cpus", 1);
  }

  /// {@return training by so many tasks of a context, which stays open}
  ///
  /// Each task has `spark.task.cpus` threads; one an executor, with as many as that has cores, is
  /// best, since a task is sent the gradients that its executor's other tasks have.
  ///
  /// @param tasks at least 1, and at most as many as a batch has shards
  public static SparkEngine of(JavaSparkContext context, int tasks) {
    return new SparkEngine(context, tasks, false);
  }

  /// As [#of], for a context that is stopped with the engine.
  static SparkEngine owning(JavaSparkContext context, int tasks) {
    return new SparkEngine(context, tasks, true);
  }

  @Override
  public int threads(Workers here) {
    return tasks * threads;
  }

  @Override
  public Optional<ImageDataset> images() throws IOException {
    String path = context.getConf().get(DATA, "");
    if (path.isEmpty()) {
      return Optional.empty();
    }
    try {
      SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
      return Optional.of(SparkImages.parquet(session, path));
    } catch (RequestException e) {
      throw new IOException(DATA + " " + path + ": " + e.getMessage(), e);
    } catch (Exception e) {
      // Scala's methods throw checked exceptions that they do not declare.
      String text = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new IOException(DATA + " " + path + ": " + text, e);
    }
  }

  /// The copy of a run, if there is to be one.
  private Optional<RunCopy> copy(Path run) throws IOException {
    String place = context.getConf().get(COPIES, "");
    try {
      return place.isEmpty()
          ? Optional.empty()
          : Optional.of(new RunCopy(run, URI.create(place), context.hadoopConfiguration()));
    } catch (IllegalArgumentException e) {
      throw new IOException(COPIES + " is " + place + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void prepare(Path run, boolean resume) throws IOException {
    Optional<RunCopy> known = copy(run);
    if (known.isPresent() && resume) {
      known.get().restore();
    } else if (known.isPresent()) {
      known.get().begin();
    }
  }

  @Override
  public TrainingListener keepCopy(Path run) {
    kept = run;
    copy = null;
    // At once: from now on no other run takes the place.
    update();
    return new TrainingListener() {
      @Override
      public void saved() {
        update();
      }

      @Override
      public void sampled(Path file) {
        update();
      }
    };
  }

  private void update() {
    try {
      updateCopy();
    } catch (IOException e) {
      warnings.accept(outdated(e));
    }
  }

  private void updateCopy() throws IOException {
    if (copy == null && kept != null) {
      copy = copy(kept).orElse(null);
    }
    if (copy != null) {
      copy.update();
    }
  }

  private String outdated(IOException e) {
    return "the copy of " + kept + " is not up to date: " + e.getMessage();
  }

  @Override
  public void onWarning(Consumer<String> receiver) {
    warnings = receiver;
  }

  @Override
  public BatchStep.Factory steps(Path run, Optional<ImageDataset> images) {
    return parts -> {
      if (parts.shards() < tasks) {
        throw new RequestException(
            "executors",
            "is "
                + tasks
                + ", but a batch has "
                + counted(parts.shards(), "shard")
                + ", expected at most one executor a shard; a smaller --shard makes more of them,"
                + " and other weights");
      }
      if (parts.atOnce() < parts.shards()) {
        throw new RequestException(
            "micro-batch",
            "is for one machine: with --spark a task holds the gradients of all its shards;"
                + " --micro-batch 0 goes on without");
      }
      @Nullable Broadcast<PackedImages> packed =
          images.map(data -> context.broadcast(data.packed())).orElse(null);
      RemoteStep made =
          new RemoteStep(
              parts,
              (state, from, stop) -> gather(state, from, stop, run, packed),
              text -> warnings.accept(text));
      step = made;
      return made;
    };
  }

  private Team gather(
      TaskState state,
      int from,
      BooleanSupplier stop,
      Path run,
      @Nullable Broadcast<PackedImages> images)
      throws IOException {
    if (stage != null) {
      stage.close();
    }
    new Slots(context, tasks, threads).await(stop, warnings);
    Token token = Token.random();
    try (Reception reception = reception(token)) {
      TaskPlan plan =
          new TaskPlan(
              context.getConf().get("spark.driver.host"),
              reception.port(),
              token,
              tasks,
              threads,
              RunConfiguration.of(run));
      Stage begun = Stage.begin(context, plan, images, "training " + run + " from step " + from);
      stage = begun;
      return Team.gather(reception, tasks, state, begun::failure, begun::whenEnded);
    }
  }

  /// Where Spark itself waits for its executors.
  private Reception reception(Token token) throws IOException {
    SparkConf conf = context.getConf();
    String host = conf.get("spark.driver.bindAddress", conf.get("spark.driver.host"));
    String port = conf.get(PORT, "0");
    try {
      return new Reception(new InetSocketAddress(host, Integer.parseInt(port)), token);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(PORT + " is " + port + ", on " + host + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<String> notes() {
    return List.of(
        "spark: "
            + counted(tasks, "task")
            + " of "
            + counted(threads, "thread")
            + " on "
            + context.master()
            + context.sc().uiWebUrl().map(url -> ", its pages are " + url).getOrElse(() -> ""));
  }

  @Override
  public void close() {
    if (step != null) {
      step.close();
    }
    if (stage != null) {
      stage.close();
    }
    try {
      // With what the run has written since its last checkpoint, such as its report.
      updateCopy();
    } catch (IOException e) {
      throw new UncheckedIOException(outdated(e), e);
    } finally {
      if (owned) {
        context.stop();
      }
    }
  }

  @Override
  public String toString() {
    return notes().getFirst();
  }
}
