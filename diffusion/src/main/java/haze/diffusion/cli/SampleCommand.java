package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.sampler.TimestepSpacing;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze sample`: makes pictures with a trained model.
@Command(name = "sample", description = "Makes pictures with a trained model.", footer = {"",
    "The same seed gives the same pictures, whatever the number of threads;",
    "picture i is the same whatever the count."})
final class SampleCommand implements Callable<Integer> {
  /// What usually gives good pictures: DDIM's paper, EDM's 35 to 79 network calls, DPM-Solver++'s 15 to 20.
  private static final int FIRST_ORDER_STEPS = 50;
  private static final int HEUN_STEPS = 25;
  private static final int DPM_SOLVER_STEPS = 20;
  /// More than any machine has processors.
  private static final int MAX_THREADS = 1024;
  /// Shards a thread in a batch: few enough to bound the memory, enough to share out evenly.
  private static final int SHARDS_PER_THREAD = 4;

  @Parameters(paramLabel = "DIRECTORY", description = "a run of haze train, or any diffusers pipeline of the kind that it makes")
  Path directory;

  @Option(names = "--count", paramLabel = "N", defaultValue = "64", description = "how many pictures (default: ${DEFAULT-VALUE})")
  int count;

  @Option(names = "--sampler", paramLabel = "NAME", converter = SamplerName.class, description = {
      "the way from noise to picture (default: what the model's scheduler says, ddpm after haze train):",
      "ddpm: the learned Markov chain,",
      "ddim: fewer steps and no fresh noise, or less,",
      "dpmsolver++: fewest steps, second order,",
      "euler: straight steps, first order,",
      "heun: second order, two network calls a step,",
      "flow: straight steps, for a model trained by flow matching, which needs it"})
  SchedulerConfig.@Nullable Kind sampler;

  @Option(names = "--steps", paramLabel = "N", description = "steps from noise to picture (default: for ddpm all that the model was trained"
      + " on, for ddim, euler and flow " + FIRST_ORDER_STEPS + ", for heun " + HEUN_STEPS
      + ", for dpmsolver++ " + DPM_SOLVER_STEPS + ")")
  @Nullable
  Integer steps;

  @Option(names = "--eta", paramLabel = "X", description = "for ddim: how much fresh noise a step adds, from 0, none, to 1, as much as ddpm"
      + " (default: 0)")
  @Nullable
  Double eta;

  @Option(names = "--spacing", paramLabel = "leading|linspace|trailing", description = "which timesteps are visited if not all are (default: what the"
      + " model's scheduler says)")
  @Nullable
  TimestepSpacing spacing;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "another seed gives other pictures (default: ${DEFAULT-VALUE})")
  long seed;

  @Option(names = "--threads", paramLabel = "N", description = "threads; the result does not depend on them (default: all processors)")
  @Nullable
  Integer threads;

  @Option(names = "--out", paramLabel = "FILE", description = {
      "where the pictures go, replaced if it exists; the name tells the kind:",
      ".png: rows and columns,",
      ".npy: float32 [n, height, width, channels] in [-1, 1],",
      ".safetensors: the same, as tensor \"images\"",
      "(default: samples.png here, or samples-2.png, ... if it exists)"})
  @Nullable
  Path out;

  @Spec
  CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets what is not nullable.
  SampleCommand() {}

  @Override
  public Integer call() throws IOException {
    requireAtLeastOne("--count", count);
    requireAtLeastOne("--steps", steps);
    if (threads != null && (threads < 1 || threads > MAX_THREADS)) {
      throw wrongUsage("--threads is " + threads + ", expected 1 to " + MAX_THREADS);
    }
    Path file = out == null ? Samples.freeName(Path.of("")) : out;
    Samples kind = Samples.of(file).orElseThrow(
        () -> wrongUsage(
            "--out is " + file + ", expected a name that ends in .png, .npy or .safetensors"));
    requireWritable(file);

    Pipeline pipeline = Pipeline.load(directory);
    UNetConfig config = pipeline.unet().config();
    int side = config.sampleSize();
    int channels = config.inChannels();
    kind.problem(count, side, side, channels).ifPresent(problem -> {
      throw wrongUsage("--out is " + file + ", but " + problem);
    });
    SchedulerConfig.Kind chosen = sampler == null ? pipeline.scheduler().kind() : sampler;
    Sampler way = sampler(pipeline.scheduler(), chosen);

    Tensor images = sample(pipeline, way, Shape.of(count, side, side, channels));
    finish(images);
    kind.write(images, remarks(chosen, way.path().steps()), file);
    PrintWriter console = spec.commandLine().getOut();
    console.println("wrote " + file + ": " + count + (count == 1 ? " picture" : " pictures")
        + " of " + side + " x " + side);
    return 0;
  }

  private Sampler sampler(SchedulerConfig scheduler, SchedulerConfig.Kind chosen) {
    int trained = scheduler.numTrainTimesteps();
    if (steps != null && steps > trained) {
      throw wrongUsage(
          "--steps is " + steps + ", but the model was trained on " + trained + " timesteps");
    }
    if (eta != null && chosen != SchedulerConfig.Kind.DDIM) {
      throw wrongUsage("--eta is for --sampler ddim, not for " + SamplerName.of(chosen));
    }
    if (spacing != null && chosen == SchedulerConfig.Kind.FLOW) {
      throw wrongUsage("--spacing is not for --sampler flow, whose steps are even");
    }
    int usual = Math.min(trained, switch (chosen) {
      case DDPM -> trained;
      case DDIM, EULER, FLOW -> FIRST_ORDER_STEPS;
      case HEUN -> HEUN_STEPS;
      // It keeps a timestep for the end of its way.
      case DPM_SOLVER -> Math.clamp(trained - 1, 1, DPM_SOLVER_STEPS);
    });
    try {
      SchedulerConfig config = scheduler.as(chosen);
      if (spacing != null) {
        config = config.with("timestep_spacing", spacing.name().toLowerCase(Locale.ROOT));
      }
      return config.sampler(steps == null ? usual : steps, eta == null ? 0 : eta);
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }

  /// Makes the images, one batch after the other. An image does not depend on its batch.
  private Tensor sample(Pipeline pipeline, Sampler sampler, Shape shape) {
    Tensor images = Tensor.zeros(shape.dims());
    int threadCount = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    int batch = Math.min(count, threadCount * SHARDS_PER_THREAD * UNetDenoiser.SHARD);
    int total = Math.ceilDiv(count, batch) * sampler.path().steps();
    try (Workers workers = new Workers(threadCount);
        Progress progress = Progress.start(spec.commandLine().getOut(), "sample", 0, total,
            (double) count / total)) {
      SamplingLoop loop = new SamplingLoop(new UNetDenoiser(pipeline.unet(), workers), sampler);
      for (int from = 0; from < count; from += batch) {
        int before = from / batch * sampler.path().steps();
        int size = Math.min(batch, count - from);
        Tensor made = loop.sample(seed, from, shape.with(0, size),
            (done, _, _) -> progress.update(before + done, ""));
        images.slice(from, size).copyFrom(made);
      }
      progress.finish("");
    }
    return images;
  }

  /// Clips to [-1, 1], which a scheduler without clipping leaves by a little.
  private void finish(Tensor images) throws IOException {
    float[] data = images.data();
    for (int i = 0; i < data.length; i++) {
      if (!Float.isFinite(data[i])) {
        throw new IOException(directory
            + ": the network's answer is no number (NaN or infinite), its weights are damaged");
      }
      data[i] = Math.clamp(data[i], -1f, 1f);
    }
  }

  private Map<String, String> remarks(SchedulerConfig.Kind chosen, int steps) {
    Map<String, String> remarks = new LinkedHashMap<>();
    remarks.put("layout", "NHWC");
    remarks.put("range", "[-1, 1]");
    remarks.put("sampler", SamplerName.of(chosen));
    remarks.put("steps", Integer.toString(steps));
    remarks.put("seed", Long.toString(seed));
    return remarks;
  }

  /// Everything that would make writing fail is better known before minutes of work.
  private static void requireWritable(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory");
    }
    if (!Files.isDirectory(parent)) {
      throw new IOException(file + ": there is no directory " + parent);
    }
    if (!Files.isWritable(parent)) {
      throw new IOException(file + ": cannot write in " + parent);
    }
  }

  private void requireAtLeastOne(String option, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw wrongUsage(option + " is " + value + ", expected at least 1");
    }
  }

  private ParameterException wrongUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
