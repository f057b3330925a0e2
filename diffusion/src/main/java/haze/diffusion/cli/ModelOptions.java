package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// What every command asks that uses a trained model: which one, the seed, and the threads.
final class ModelOptions {
  /// Images of a batch for each thread: two shards, few enough to bound the memory.
  static final int IMAGES_PER_THREAD = 2 * UNetDenoiser.SHARD;

  /// More than any machine has processors.
  private static final int MAX_THREADS = 1024;

  @Parameters(
      paramLabel = "DIRECTORY",
      description = "a run of haze train, or any diffusers pipeline of the kind that it makes")
  Path directory;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "another seed gives other random numbers (default: ${DEFAULT-VALUE})")
  long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "threads; the result does not depend on them (default: all processors)")
  private @Nullable Integer threads;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets what is not nullable.
  ModelOptions() {}

  /// The number of threads.
  ///
  /// @throws ParameterException if it makes no sense
  int threads() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (threads < 1 || threads > MAX_THREADS) {
      throw wrongUsage("--threads is " + threads + ", expected 1 to " + MAX_THREADS);
    }
    return threads;
  }

  /// How many images are worked on at a time. Results do not depend on it.
  int batch() {
    return threads() * IMAGES_PER_THREAD;
  }

  /// The threads, to be closed by the caller.
  Workers workers() {
    return new Workers(threads());
  }

  /// Reads the model. Whatever else may be wrong is better checked before.
  Pipeline pipeline() throws IOException {
    threads();
    return Pipeline.load(directory);
  }

  /// Makes samples with progress shown.
  Tensor sample(Pipeline pipeline, SampleRequest request) throws IOException {
    return withProgress(
        "sample",
        request.count(),
        workers -> pipeline.samplingSteps(request, workers),
        (workers, progress) -> pipeline.sample(request, workers, progress));
  }

  /// Works with the threads and shows progress.
  ///
  /// @param what a word for the work
  /// @param images how many images the network sees in all, for the rate
  /// @param steps the steps of the work, by its threads
  /// @param work what to do
  /// @throws IOException if the network's output is not finite
  <T> T withProgress(
      String what,
      double images,
      ToIntFunction<Workers> steps,
      BiFunction<Workers, Progress, T> work)
      throws IOException {
    try (Workers workers = workers()) {
      int total = steps.applyAsInt(workers);
      try (Progress progress = Progress.start(console(), what, 0, total, images / total)) {
        T result = work.apply(workers, progress);
        progress.finish("");
        return result;
      }
    } catch (ArithmeticException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
  }

  /// Where the command prints to.
  PrintWriter console() {
    return spec.commandLine().getOut();
  }

  /// Clips pictures to [-1, 1], which a scheduler without clipping leaves by a little.
  ///
  /// @param images what the network made, changed in place
  /// @return the same
  /// @throws IOException if there is one that is no number
  Tensor clipped(Tensor images) throws IOException {
    requireNumbers(images);
    float[] data = images.data();
    for (int i = images.offset(); i < images.offset() + images.size(); i++) {
      data[i] = Math.clamp(data[i], -1f, 1f);
    }
    return images;
  }

  /// Checks what the network made.
  ///
  /// @throws IOException if there is a value that is no number
  void requireNumbers(Tensor images) throws IOException {
    for (float value : images.toArray()) {
      if (!Float.isFinite(value)) {
        throw new IOException(
            directory
                + ": the network's answer is no number (NaN or infinite), its weights are damaged");
      }
    }
  }

  /// Checks an option's value.
  ///
  /// @throws ParameterException if it is given and too small
  void requireAtLeast(String option, @Nullable Integer value, int least) {
    if (value != null && value < least) {
      throw wrongUsage(option + " is " + value + ", expected at least " + least);
    }
  }

  /// A value of the command line that the library checks.
  ///
  /// @throws ParameterException if it refuses it
  <T> T usage(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  /// A complaint about the command line.
  ParameterException wrongUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
