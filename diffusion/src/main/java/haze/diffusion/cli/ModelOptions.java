package haze.diffusion.cli;

import haze.diffusion.pipeline.DigitsModel;
import haze.diffusion.pipeline.LoadChoice;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.terminal.Phases;
import haze.nn.unet.ImageSize;
import haze.tensor.VectorSupport;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// What every command has that uses a trained model: which one, the seed, and the threads.
public final class ModelOptions {
  /// More than any machine has processors.
  public static final int MAX_THREADS = 1024;

  /// Where results of the model that comes with Haze go.
  private static final Path OF_DIGITS = Path.of("runs", "digits");

  @Parameters(
      paramLabel = "DIRECTORY",
      arity = "0..1",
      description =
          "a run of haze train, or any diffusers pipeline of the kind that it makes (default: the"
              + " model of digits that comes with Haze)")
  private @Nullable Path directory;

  @Option(
      names = "--ema",
      description =
          "the moving average in unet_ema, which training scripts of diffusers keep beside unet")
  private boolean ema;

  @Option(
      names = "--variant",
      paramLabel = "WORD",
      description =
          "weights with a word in their name, such as fp16 (default: those without, or the only"
              + " variant)")
  private @Nullable String variant;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "another seed gives other random numbers (default: ${DEFAULT-VALUE})")
  public long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "threads; the result does not depend on them (default: all processors)")
  private @Nullable Integer threads;

  @Option(
      names = "--size",
      paramLabel = "N|WxH",
      description = "size of the images (default: that which the network is made for)")
  private @Nullable String size;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// The number of threads.
  ///
  /// @throws ParameterException if it makes no sense
  private int threads() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (threads < 1 || threads > MAX_THREADS) {
      throw wrongUsage("--threads is " + threads + ", expected 1 to " + MAX_THREADS);
    }
    return threads;
  }

  private Optional<ImageSize> size() {
    try {
      return Optional.ofNullable(size).map(ImageSize::parse);
    } catch (IllegalArgumentException e) {
      throw wrongUsage("--size " + e.getMessage());
    }
  }

  /// The model's directory; empty if it is the one that comes with Haze.
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /// The directory that what is measured goes to.
  public Path results() {
    return directory().orElse(OF_DIGITS);
  }

  /// What messages call the model.
  public String title() {
    return directory().map(Path::toString).orElse(DigitsModel.TITLE);
  }

  /// Reads the model.
  public Pipeline pipeline() throws IOException {
    return pipeline(Optional.empty());
  }

  /// Reads the model to sample it with a sampler, see [Pipeline#load(Path, LoadChoice)].
  public Pipeline pipeline(Optional<SamplerKind> sampler) throws IOException {
    threads();
    var choice = new LoadChoice(ema, Optional.ofNullable(variant), sampler, size());
    Pipeline pipeline =
        directory == null ? DigitsModel.load(choice) : Pipeline.load(directory, choice);
    if (pipeline.unet().config().sampleSize().isEmpty()) {
      throw wrongUsage("--size is not given, and the network is made for images of any size");
    }
    List<String> unknown = directory == null ? List.of() : Pipeline.unknownKeys(directory);
    if (!unknown.isEmpty()) {
      warn("the network's file has keys without effect: " + String.join(", ", unknown));
    }
    pipeline.scheduler().unknownKeysWarning().ifPresent(this::warn);
    return pipeline;
  }

  private void warn(String text) {
    console().warn(text);
  }

  /// Reads the model, and warns of what to expect of a sampler of it.
  public Pipeline pipeline(SamplerChoice sampler) throws IOException {
    Pipeline pipeline = pipeline(sampler.kind());
    sampler.warnings(pipeline.scheduler()).forEach(this::warn);
    return pipeline;
  }

  /// Refuses a machine on which a network would take minutes for a batch.
  ///
  /// @throws IOException naming what it lacks
  public static void requireFusedMultiplyAdd() throws IOException {
    if (!VectorSupport.hasFusedMultiplyAdd()) {
      throw new IOException(VectorSupport.problem().orElseThrow());
    }
  }

  /// Work that takes a while.
  @FunctionalInterface
  public interface Work<T> {
    T run(Workers workers, Phases phases) throws IOException;
  }

  /// Does work with the threads and shows its progress.
  ///
  /// @throws IOException if the network's output is not finite
  public <T> T work(Work<T> work) throws IOException {
    requireFusedMultiplyAdd();
    try (Workers workers = new Workers(threads());
        Phases phases = new Phases(console().progress())) {
      T result = work.run(workers, phases);
      phases.finish();
      return result;
    } catch (ArithmeticException e) {
      throw new IOException(title() + ": " + e.getMessage(), e);
    }
  }

  /// How the command prints.
  public ConsoleOptions console() {
    return ConsoleOptions.of(spec);
  }

  /// A value of the command line that the library checks.
  ///
  /// @throws ParameterException if it refuses it
  public <T> T usage(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  /// A complaint about the command line.
  public ParameterException wrongUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
