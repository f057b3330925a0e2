package haze.diffusion.spark;

import haze.diffusion.data.PackedImages;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/// A barrier stage that runs: all its tasks at the same time, or none.
///
/// Its job has no other stage. Spark never repeats such a one, so that who began it decides.
final class Stage implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final JavaSparkContext context;
  private final String group;
  private final CompletableFuture<Long> job = new CompletableFuture<>();

  private Stage(JavaSparkContext context, String group) {
    this.context = context;
    this.group = group;
  }

  /// Begins a stage.
  ///
  /// @param plan what each task works by
  /// @param images images in memory; null if each task reads them
  /// @param title of the job in Spark's pages
  static Stage begin(
      JavaSparkContext context,
      TaskPlan plan,
      @Nullable Broadcast<PackedImages> images,
      String title) {
    LongAccumulator steps = context.sc().longAccumulator("training steps");
    LongAccumulator bytes = context.sc().longAccumulator("bytes between tasks");
    BarrierWork work = new BarrierWork(plan, images, steps, bytes);
    Stage stage = new Stage(context, "haze-" + plan.port());
    Thread.ofPlatform()
        .daemon()
        .name(stage.group)
        .start(() -> stage.run(work, plan.tasks(), title));
    return stage;
  }

  private void run(BarrierWork work, int tasks, String title) {
    try {
      context.setJobGroup(group, title, true);
      context.setCallSite("training steps");
      List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
      ClassTag<Integer> integers = ClassTag$.MODULE$.apply(Integer.class);
      job.complete(
          context
              .parallelize(numbers, tasks)
              .rdd()
              .barrier()
              .mapPartitions(work, false, integers)
              .count());
    } catch (Throwable e) {
      // Scala's methods throw checked exceptions that they do not declare.
      job.completeExceptionally(e);
    }
  }

  /// Says what is to be done when it has ended, for whatever reason: of a machine that is gone,
  /// Spark knows by its silence, a connection to it does not.
  void whenEnded(Runnable work) {
    CompletableFuture<Long> _ = job.whenComplete((_, _) -> work.run());
  }

  /// {@return why it has failed, if it has; or that it has ended}
  Optional<String> failure() {
    if (!job.isDone()) {
      return Optional.empty();
    }
    try {
      job.get();
      return Optional.of("the stage has ended");
    } catch (ExecutionException e) {
      return Optional.of(firstLine(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }

  private static String firstLine(@Nullable Throwable failure) {
    return String.valueOf(failure == null ? null : failure.getMessage())
        .lines()
        .findFirst()
        .orElse("no reason is given");
  }

  /// Waits until it has ended; cancels it if that takes long.
  @Override
  public void close() {
    try {
      job.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      // Whoever cares has asked for the failure.
    } catch (TimeoutException e) {
      context.cancelJobGroup(group);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      context.cancelJobGroup(group);
    }
  }
}
