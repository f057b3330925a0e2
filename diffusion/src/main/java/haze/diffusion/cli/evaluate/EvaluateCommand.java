package haze.diffusion.cli.evaluate;

import haze.diffusion.cli.ClassOptions;
import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.cli.ModelOptions;
import haze.diffusion.cli.SamplerOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.Mnist;
import haze.diffusion.evaluation.bound.FlowOptions;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.training.LearnedData;
import haze.nn.file.PrintableText;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `haze evaluate`: the variational bound of a trained model, or the Frechet distance of its
/// samples.
@Command(
    name = "evaluate",
    description = {
      "Measures how well a trained model explains images that it has not seen: the variational"
          + " bound, in bits per dimension. A grey level takes 8 without compression; less is"
          + " better.",
      "Or, with --continuous, the same bound for infinitely many steps; with --ode, the likelihood"
          + " by the probability flow; or, with --fid, how close its samples come to real images."
    },
    footer = {
      "",
      "Writes bound.json, bound.csv and bound.png, or continuous.json, ode.json or frechet.json; an"
          + " earlier result is kept in earlier-1, earlier-2, .. beside them. The same seed gives"
          + " the same numbers, whatever the number of threads and the batch; what one image costs"
          + " does not depend on the others.",
      "",
      "Examples:",
      "  haze evaluate runs/a --timesteps 100",
      "  haze evaluate runs/a --continuous",
      "  haze evaluate runs/a --ode --images 16 --probes 2",
      "  haze evaluate runs/a --fid --sampler ddim --steps 50"
    })
public final class EvaluateCommand implements Callable<Integer> {
  @Mixin private ModelOptions model;

  @Option(
      names = "--data",
      paramLabel = "test|train|PATH",
      description =
          "the images: of the embedded MNIST those to measure with (default) or to learn from; for"
              + " a run on other images, train is what it learned from; or those of a path, as for"
              + " haze train")
  private @Nullable String data;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "labels of the images of a path, as for haze train")
  private @Nullable Path labels;

  @Option(
      names = "--continuous",
      description =
          "measure the bound of a chain of infinitely many steps, between the timesteps too: at"
              + " --timesteps random ones, spread evenly over the logarithm of the signal-to-noise"
              + " ratio (Kingma et al. 2021)")
  private boolean continuous;

  @Option(
      names = "--ode",
      description = {
        "measure the likelihood by the probability flow instead (Song et al. 2021), of "
            + FlowOptions.IMAGES
            + " images if --images does not say: with --steps N of Runge and Kutta (default: 32),",
        "each of four evaluations of the network forward and backward, and half as many once more",
        "for the solver's error"
      })
  private boolean ode;

  @Option(
      names = "--probes",
      paramLabel = "N",
      description =
          "for --ode: how often each image is measured, with other noise and another probe of the"
              + " trace (default: 1)")
  private @Nullable Integer probes;

  @Option(
      names = "--dequantize",
      paramLabel = "noise|uniform",
      description =
          "for --ode: how an image of levels becomes continuous: by the noise of the first timestep"
              + " (default), or by uniform noise as wide as a level, which costs more of a network"
              + " that knows the levels")
  private FlowOptions.@Nullable Dequantization dequantization;

  @Option(
      names = "--fid",
      description = {
        "measure samples instead: the Frechet distance of their features from those of real images",
        "(Heusel et al. 2017). The features are not Inception's but those of a small classifier of",
        "Haze's own, so that it is for comparing models by the same classifier, not with published",
        "FIDs; and the fewer samples, the larger it is"
      })
  private boolean fid;

  @Mixin private BoundOptions bound;

  @Mixin private SamplerOptions sampler;

  @Mixin private ClassOptions classes;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "10000",
      description = "for --fid: how many samples (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      description =
          "for --fid: the classifier, trained and written if there is none"
              + " (default: evaluation/classifier.safetensors in DIRECTORY)")
  private @Nullable Path classifier;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  EvaluateCommand() {}

  @Override
  public Integer call() throws IOException {
    MeasurementKind kind = kind();
    print(measurement(kind).measure(model(kind)));
    return 0;
  }

  /// What the options choose to measure.
  private MeasurementKind kind() {
    List<MeasurementKind> chosen = new ArrayList<>();
    if (continuous) {
      chosen.add(MeasurementKind.CONTINUOUS);
    }
    if (ode) {
      chosen.add(MeasurementKind.FLOW);
    }
    if (fid) {
      chosen.add(MeasurementKind.SAMPLES);
    }
    if (chosen.size() > 1) {
      throw model.wrongUsage(chosen.get(0).title() + " does not go with " + chosen.get(1).title());
    }
    MeasurementKind kind = chosen.isEmpty() ? MeasurementKind.CHAIN : chosen.getFirst();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptionsSet()) {
      Optional<String> problem = kind.problem(option.longestName());
      if (problem.isPresent()) {
        throw model.wrongUsage(problem.get());
      }
    }
    return kind;
  }

  private Measurement measurement(MeasurementKind kind) {
    return switch (kind) {
      case CHAIN -> new BoundMeasurement(bound);
      case CONTINUOUS -> new ContinuousMeasurement(bound);
      case FLOW -> new FlowMeasurement(bound, this::flow);
      case SAMPLES ->
          new FrechetMeasurement(sampler, classes, count, Optional.ofNullable(classifier));
    };
  }

  private FlowOptions flow() {
    return new FlowOptions(
        sampler.choice().steps().orElse(FlowOptions.DEFAULT.steps()),
        probes == null ? FlowOptions.DEFAULT.probes() : probes,
        dequantization == null ? FlowOptions.DEFAULT.dequantization() : dequantization);
  }

  /// Reads the model, and finds the images to measure it with.
  private EvaluatedModel model(MeasurementKind kind) throws IOException {
    Optional<LearnedData> known = Optional.empty();
    if (model.directory().isPresent()) {
      known = LearnedData.of(model.directory().get());
    }
    DataSource learned = known.map(LearnedData::source).orElse(DataSource.Embedded.TRAIN);
    DataSource source =
        model.usage(() -> DataSource.parse(data == null ? "test" : data, labels, learned));
    if (known.isPresent() && source.text().equals(learned.text())) {
      known.get().requireThere();
    }
    Pipeline pipeline =
        kind == MeasurementKind.SAMPLES ? model.pipeline(sampler.choice()) : model.pipeline();
    Shape image = pipeline.unet().config().imageShape();
    boolean isUnknown = known.isEmpty() && data == null && !image.equals(Mnist.IMAGE);
    return new EvaluatedModel(model, pipeline, model.usage(() -> source.fitted(image)), isUnknown);
  }

  private void print(Measurement.Outcome outcome) throws IOException {
    ConsoleOptions console = model.console();
    Path json = outcome.files().getFirst();
    // The content of a file that was written, and its name.
    console.event(
        outcome.event(),
        new JsonLine().putAll(Files.readString(json)).put("file", json.toString()));
    outcome.lines().forEach(this::say);
    say(
        outcome.files().stream()
            .map(file -> file.equals(json) ? file.toString() : file.getFileName().toString())
            .collect(Collectors.joining(", ", "wrote ", "")));
    outcome.earlier().ifPresent(kept -> say("kept the earlier result in " + kept));
  }

  private void say(String line) {
    model.console().text().println(PrintableText.harmless(line));
  }
}
