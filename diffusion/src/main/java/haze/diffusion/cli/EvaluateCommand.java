package haze.diffusion.cli;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.evaluation.bound.FlowOptions;
import haze.diffusion.evaluation.bound.LikelihoodEvaluation;
import haze.diffusion.evaluation.bound.LikelihoodFile;
import haze.diffusion.evaluation.bound.LikelihoodResult;
import haze.diffusion.evaluation.frechet.ClassifierTraining;
import haze.diffusion.evaluation.frechet.FrechetData;
import haze.diffusion.evaluation.frechet.FrechetEvaluation;
import haze.diffusion.evaluation.frechet.FrechetFiles;
import haze.diffusion.evaluation.frechet.FrechetRequest;
import haze.diffusion.evaluation.frechet.SampleReport;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.EvaluationDirectory;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.terminal.Interrupt;
import haze.diffusion.terminal.Progress;
import haze.diffusion.training.LearnedData;
import haze.nn.file.PrintableText;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
final class EvaluateCommand implements Callable<Integer> {
  /// The options of one measurement or of some, and of which: where several measurements have one,
  /// it means the same in all.
  private static final Map<String, Set<Measurement>> OWN =
      Map.ofEntries(
          Map.entry("--images", EnumSet.complementOf(EnumSet.of(Measurement.SAMPLES))),
          Map.entry("--batch", EnumSet.complementOf(EnumSet.of(Measurement.SAMPLES))),
          Map.entry("--out", EnumSet.complementOf(EnumSet.of(Measurement.SAMPLES))),
          Map.entry("--timesteps", EnumSet.of(Measurement.CHAIN, Measurement.CONTINUOUS)),
          Map.entry("--probes", EnumSet.of(Measurement.FLOW)),
          Map.entry("--dequantize", EnumSet.of(Measurement.FLOW)),
          Map.entry("--steps", EnumSet.of(Measurement.FLOW, Measurement.SAMPLES)),
          Map.entry("--count", EnumSet.of(Measurement.SAMPLES)),
          Map.entry("--classifier", EnumSet.of(Measurement.SAMPLES)),
          Map.entry("--sampler", EnumSet.of(Measurement.SAMPLES)),
          Map.entry("--eta", EnumSet.of(Measurement.SAMPLES)),
          Map.entry("--spacing", EnumSet.of(Measurement.SAMPLES)),
          Map.entry("--class", EnumSet.of(Measurement.SAMPLES)),
          Map.entry("--guidance", EnumSet.of(Measurement.SAMPLES)));

  /// What is measured, and the option that chooses it.
  private enum Measurement {
    CHAIN("the bound"),
    CONTINUOUS("--continuous"),
    FLOW("--ode"),
    SAMPLES("--fid");

    private final String title;

    Measurement(String title) {
      this.title = title;
    }
  }

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
      names = "--images",
      paramLabel = "N",
      description =
          "how many of them, spread evenly over the data (default: "
              + BoundRequest.IMAGES
              + ", or all if there are fewer)")
  private @Nullable Integer images;

  @Option(
      names = "--timesteps",
      paramLabel = "K",
      description =
          "at how many timesteps each image is measured (default: all; "
              + LikelihoodEvaluation.PARTS
              + " with --continuous). With fewer the bound is estimated, right on average: 100 of"
              + " 1000 cost a tenth, and the standard error hardly grows")
  private @Nullable Integer timesteps;

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
      names = "--batch",
      paramLabel = "N",
      description =
          "images that the network sees at a time; the result does not depend on it (default: 32 a"
              + " thread, fewer of large images)")
  private @Nullable Integer batch;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go (default: evaluation in DIRECTORY)")
  private @Nullable Path out;

  @Option(
      names = "--fid",
      description = {
        "measure samples instead: the Frechet distance of their features from those of real images",
        "(Heusel et al. 2017). The features are not Inception's but those of a small classifier of",
        "Haze's own, so that it is for comparing models by the same classifier, not with published",
        "FIDs; and the fewer samples, the larger it is"
      })
  private boolean fid;

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

  /// Whether nothing says which images are to be measured with.
  private boolean isUnknown;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  EvaluateCommand() {}

  @Override
  public Integer call() throws IOException {
    Measurement chosen = measurement();
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
    boolean samples = chosen == Measurement.SAMPLES;
    Pipeline pipeline = samples ? model.pipeline(sampler.choice()) : model.pipeline();
    Shape image = pipeline.unet().config().imageShape();
    isUnknown = known.isEmpty() && data == null && !image.equals(Mnist.IMAGE);
    DataSource fitted = model.usage(() -> source.fitted(image));
    switch (chosen) {
      case CHAIN -> bound(pipeline, fitted);
      case CONTINUOUS -> continuous(pipeline, fitted);
      case FLOW -> flow(pipeline, fitted);
      case SAMPLES -> frechet(pipeline, fitted);
    }
    return 0;
  }

  /// What the options choose to measure.
  private Measurement measurement() {
    List<Measurement> chosen = new ArrayList<>();
    if (continuous) {
      chosen.add(Measurement.CONTINUOUS);
    }
    if (ode) {
      chosen.add(Measurement.FLOW);
    }
    if (fid) {
      chosen.add(Measurement.SAMPLES);
    }
    if (chosen.size() > 1) {
      throw model.wrongUsage(chosen.get(0).title + " does not go with " + chosen.get(1).title);
    }
    Measurement measurement = chosen.isEmpty() ? Measurement.CHAIN : chosen.getFirst();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptionsSet()) {
      Set<Measurement> of = OWN.get(option.longestName());
      if (of != null && !of.contains(measurement)) {
        throw model.wrongUsage(
            option.longestName()
                + " is for "
                + of.stream().map(other -> other.title).collect(Collectors.joining(" and "))
                + (measurement == Measurement.CHAIN ? "" : ", not for " + measurement.title));
      }
    }
    return measurement;
  }

  private void requireImages() {
    if (isUnknown) {
      throw model.wrongUsage(
          model.title()
              + " does not say what it learned from, and its images are not MNIST's: --data PATH"
              + " says which to measure with");
    }
  }

  /// Says that images are not measured as they are.
  private void noteConversion(String title, ImageDataset images) {
    if (images.isConverted()) {
      Shape shape = images.imageShape();
      model
          .console()
          .note(
              title
                  + ": images are cropped, scaled or converted to those of the network, "
                  + shape.dim(1)
                  + " x "
                  + shape.dim(0)
                  + (shape.dim(2) == 1 ? " in grey" : " in colour"));
    }
  }

  private void bound(Pipeline pipeline, DataSource source) throws IOException {
    BoundEvaluation evaluation = evaluation(() -> new BoundEvaluation(pipeline));
    BoundRequest request = request(source);
    evaluation.require(request);
    if (pipeline.scheduler().defaults().steps().isPresent()) {
      model
          .console()
          .warn(
              "the model was made to be drawn in few steps, and is not trained at other noise"
                  + " levels: its bound says little, --fid measures its samples");
    }
    noteConversion(request.title(), request.data());
    BoundFiles files = new BoundFiles(directory());
    files.prepare();
    BoundResult result =
        model.work(
            (workers, phases) ->
                evaluation.run(
                    request,
                    workers,
                    phases.phase(
                        "evaluate",
                        evaluation.steps(request, workers),
                        evaluation.imagesSeen(request))));
    Optional<Path> earlier;
    try (Interrupt _ = Interrupt.delay()) {
      earlier = files.write(result, model.title());
    }
    event("bound", files.json());
    say("bound of " + model.title() + " on " + result.title());
    result.lines().forEach(this::say);
    say(
        "wrote "
            + files.json()
            + ", "
            + files.csv().getFileName()
            + ", "
            + files.png().getFileName());
    earlier.ifPresent(kept -> say("kept the earlier result in " + kept));
  }

  private void continuous(Pipeline pipeline, DataSource source) throws IOException {
    LikelihoodEvaluation evaluation = evaluation(() -> new LikelihoodEvaluation(pipeline));
    BoundRequest request = request(source);
    evaluation.require(request);
    noteConversion(request.title(), request.data());
    LikelihoodFile file = new LikelihoodFile(directory(), LikelihoodResult.Method.CONTINUOUS);
    file.prepare();
    LikelihoodResult result =
        model.work(
            (workers, phases) ->
                evaluation.continuous(
                    request,
                    workers,
                    phases.phase(
                        "evaluate",
                        evaluation.steps(request, workers),
                        evaluation.imagesSeen(request))));
    write(file, result);
  }

  private void flow(Pipeline pipeline, DataSource source) throws IOException {
    LikelihoodEvaluation evaluation = evaluation(() -> new LikelihoodEvaluation(pipeline));
    FlowOptions options =
        new FlowOptions(
            sampler.choice().steps().orElse(FlowOptions.DEFAULT.steps()),
            probes == null ? FlowOptions.DEFAULT.probes() : probes,
            dequantization == null ? FlowOptions.DEFAULT.dequantization() : dequantization);
    BoundRequest request = request(source);
    evaluation.require(request);
    noteConversion(request.title(), request.data());
    LikelihoodFile file = new LikelihoodFile(directory(), LikelihoodResult.Method.ODE);
    file.prepare();
    LikelihoodResult result =
        model.work(
            (workers, phases) ->
                evaluation.flow(
                    request,
                    options,
                    workers,
                    phases.phase(
                        "evaluate",
                        evaluation.flowSteps(request, options, workers),
                        evaluation.flowImagesSeen(request, options))));
    write(file, result);
  }

  private void write(LikelihoodFile file, LikelihoodResult result) throws IOException {
    Optional<Path> earlier;
    try (Interrupt _ = Interrupt.delay()) {
      earlier = file.write(result, model.results());
    }
    event(result.method().toString(), file.json());
    say(result.method().title() + " of " + model.title() + " on " + result.title());
    result.lines().forEach(this::say);
    say("wrote " + file.json());
    earlier.ifPresent(kept -> say("kept the earlier result in " + kept));
  }

  private BoundRequest request(DataSource source) throws IOException {
    BoundRequest request =
        new BoundRequest(
            source.load(),
            source.title(),
            optional(images),
            optional(timesteps),
            model.seed,
            optional(batch));
    requireImages();
    return request;
  }

  private Path directory() {
    return out == null ? EvaluationDirectory.of(model.results()).path() : out;
  }

  /// An evaluation, whose refusal of the model is one of its files.
  private <E> E evaluation(Supplier<E> made) throws BadFileException {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new BadFileException(model.results(), String.valueOf(e.getMessage()));
    }
  }

  private void frechet(Pipeline pipeline, DataSource source) throws IOException {
    FrechetEvaluation evaluation = new FrechetEvaluation(pipeline);
    SampleRequest samples =
        classes.in(SampleRequest.of(count).sampler(sampler.choice()), pipeline).seed(model.seed);
    var request = new FrechetRequest(FrechetData.of(source), samples);
    requireImages();
    evaluation.require(request);
    noteConversion(source.title(), request.data().reference().range().data());
    FrechetFiles own = FrechetFiles.of(model.results());
    FrechetFiles files = classifier == null ? own : own.classifier(classifier);
    files.prepare();
    Optional<TrainedClassifier> found = files.findClassifier(request.data());
    TrainedClassifier reader = found.isPresent() ? found.get() : train(files, request.data());
    SampleReport report =
        model.work(
            (workers, phases) ->
                evaluation.run(
                    request,
                    reader,
                    workers,
                    phases.phase("sample", evaluation.steps(request, workers), count)));
    Optional<Path> earlier;
    try (Interrupt _ = Interrupt.delay()) {
      earlier = files.write(report);
    }
    event("frechet", files.json());
    report.lines().forEach(this::say);
    say("wrote " + files.json());
    earlier.ifPresent(kept -> say("kept the earlier result in " + kept));
  }

  private TrainedClassifier train(FrechetFiles files, FrechetData data) throws IOException {
    int steps = TrainedClassifier.trainingSteps(data);
    TrainedClassifier trained =
        model.work(
            (workers, phases) -> {
              Progress progress =
                  phases.phase("classifier", steps, (double) steps * ClassifierTraining.BATCH);
              return TrainedClassifier.train(
                  data,
                  workers,
                  (step, loss) ->
                      progress.update(step, String.format(Locale.ROOT, "loss %.4f", loss)));
            });
    try (Interrupt _ = Interrupt.delay()) {
      trained.save(files.classifier());
    }
    model
        .console()
        .result(
            "classifier",
            new JsonLine()
                .put("file", files.classifier().toString())
                .put("accuracy", trained.accuracy()),
            "wrote " + files.classifier() + ": " + trained.title());
    return trained;
  }

  private void say(String line) {
    model.console().text().println(PrintableText.harmless(line));
  }

  /// The content of a file that was written, and its name.
  private void event(String name, Path file) throws IOException {
    model
        .console()
        .event(name, new JsonLine().putAll(Files.readString(file)).put("file", file.toString()));
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
