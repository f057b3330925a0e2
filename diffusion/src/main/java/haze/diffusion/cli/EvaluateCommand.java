package haze.diffusion.cli;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.evaluation.bound.BoundChart;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.evaluation.bound.SystematicTimesteps;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.UNetDenoiser;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.training.TrainingRun;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
      "Or, with --fid, how close its samples come to real images."
    },
    footer = {
      "",
      "Writes bound.json, bound.csv and bound.png, or frechet.json. The same seed gives the same"
          + " numbers, whatever the number of threads and the batch; what one image costs does not"
          + " depend on the others."
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final int IMAGES = 1000;
  private static final List<String> BOUND_ALONE =
      List.of("--images", "--timesteps", "--batch", "--out");

  @Mixin private ModelOptions model;

  @Option(
      names = "--data",
      paramLabel = "test|train|IDX-FILE",
      description =
          "the images: of the embedded MNIST those to measure with (default) or to learn from; for"
              + " a run on other images, train is what it learned from; or those of an IDX file")
  private @Nullable String data;

  @Option(
      names = "--labels",
      paramLabel = "IDX-FILE",
      description = "what the images of an IDX file show; MNIST has its own")
  private @Nullable Path labels;

  @Option(
      names = "--images",
      paramLabel = "N",
      description =
          "how many of them, spread evenly over the data (default: "
              + IMAGES
              + ", or all if there are fewer)")
  private @Nullable Integer wanted;

  @Option(
      names = "--timesteps",
      paramLabel = "K",
      description =
          "at how many timesteps each image is measured (default: all). With fewer the bound is"
              + " estimated, right on average: 100 of 1000 cost a tenth, and the standard error"
              + " hardly grows")
  private @Nullable Integer timesteps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "images that the network sees at a time; the result does not depend on it (default: "
              + ModelOptions.IMAGES_PER_THREAD
              + " a thread)")
  private @Nullable Integer batch;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go, replaced if they exist (default: evaluation in DIRECTORY)")
  private @Nullable Path out;

  @Mixin private SampleOptions samples;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  EvaluateCommand() {}

  /// Images and what to call them.
  private record Source(String name, ImageDataset images) {}

  @Override
  public Integer call() throws IOException {
    for (String option : samples.wanted() ? BOUND_ALONE : SampleOptions.NAMES) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw model.wrongUsage(
            option + " is for " + (samples.wanted() ? "the bound, not for --fid" : "--fid"));
      }
    }
    if (labels != null && (data == null || FrechetData.isMnist(data))) {
      throw model.wrongUsage("--labels is for --data IDX-FILE");
    }
    if (samples.wanted()) {
      samples.evaluate(model, data == null ? FrechetData.TEST : data, labels);
    } else {
      evaluateBound();
    }
    return 0;
  }

  private void evaluateBound() throws IOException {
    model.requireAtLeast("--images", wanted, 1);
    model.requireAtLeast("--timesteps", timesteps, 1);
    model.requireAtLeast("--batch", batch, 1);
    Pipeline pipeline = model.pipeline();
    VariationalBound bound = bound(pipeline);
    SystematicTimesteps comb = comb(bound.reverse().schedule().timesteps());
    Source source = source();
    requireFitting(source, pipeline.unet().config());
    int[] images = images(source);
    BoundFiles files = out == null ? BoundFiles.of(model.directory) : new BoundFiles(out);
    Files.createDirectories(files.directory());
    if (!Files.isWritable(files.directory())) {
      throw new IOException(files.directory() + ": cannot write there");
    }

    boolean labels =
        source.images.hasLabels() && pipeline.unet().config().numClassEmbeds().isPresent();
    BoundResult result = measure(pipeline, bound, comb, source.images, images, labels);
    files.write(result, source.name, circumstances(bound.reverse(), labels));
    BoundChart.of(Map.of(BoundTable.name(model.directory), files.read())).write(files.png());
    PrintWriter console = model.console();
    console.println(describe(result, source.name, labels));
    BoundTable.of(result).forEach(console::println);
    console.println(
        "wrote "
            + files.json()
            + ", "
            + files.csv().getFileName()
            + ", "
            + files.png().getFileName());
  }

  /// The bound as papers report it: the guess at the picture is clipped, the grey levels'
  /// probability the usual approximation.
  private VariationalBound bound(Pipeline pipeline) throws BadFileException {
    SchedulerConfig scheduler = pipeline.scheduler();
    if (scheduler.kind() == SamplerKind.FLOW) {
      throw new BadFileException(
          model.directory,
          "is a model for flow matching, which has no"
              + " variational bound of this kind: it is for models of a Markov chain");
    }
    NoiseSchedule schedule = scheduler.schedule();
    if (scheduler.prediction() == Prediction.EPSILON
        && schedule.alphaBar(schedule.timesteps()) == 0) {
      throw new BadFileException(
          model.directory,
          "predicts epsilon, but its schedule ends without"
              + " signal, where that says nothing of the picture: the bound is infinite");
    }
    return new VariationalBound(
        new ReverseProcess(
            schedule,
            scheduler.prediction(),
            scheduler.variance(),
            pipeline.unet().config().inChannels(),
            true));
  }

  private SystematicTimesteps comb(int trained) {
    int measured = timesteps == null ? trained : timesteps;
    int least = Math.min(2, trained);
    if (measured < least || measured > trained) {
      throw model.wrongUsage(
          "--timesteps is "
              + measured
              + ", expected "
              + least
              + " to "
              + trained
              + ", the number that the model was trained on");
    }
    return new SystematicTimesteps(trained, measured);
  }

  private Source source() throws IOException {
    String learned = TrainingRun.MNIST;
    String learnedLabels = "";
    Path config = model.directory.resolve("training").resolve("config.json");
    if (Files.exists(config)) {
      JsonObject run = JsonObject.read(config);
      learned = run.string("data", learned);
      learnedLabels = run.string("labels", learnedLabels);
    }
    boolean mnist = learned.equals(TrainingRun.MNIST);
    String asked = data == null ? FrechetData.TEST : data;
    if (asked.equals(FrechetData.TEST) && !mnist) {
      throw model.wrongUsage(
          "the run learned from "
              + learned
              + ", which has no images to measure"
              + " with: --data says which to take, "
              + FrechetData.TRAIN
              + " or an IDX file");
    }
    if (mnist && FrechetData.isMnist(asked)) {
      return new Source(
          TrainingRun.MNIST + " " + asked,
          asked.equals(FrechetData.TEST) ? Mnist.test() : Mnist.train());
    }
    if (asked.equals(FrechetData.TRAIN)) {
      return new Source(
          learned,
          ImageDataset.load(
              Path.of(learned), learnedLabels.isEmpty() ? null : Path.of(learnedLabels)));
    }
    return new Source(asked, ImageDataset.load(Path.of(asked), labels));
  }

  private void requireFitting(Source source, UNetConfig network) {
    Shape image = source.images.imageShape();
    int side = network.sampleSize();
    Shape expected = Shape.of(side, side, network.inChannels());
    if (!image.equals(expected)) {
      throw model.wrongUsage(
          "the images of " + source.name + " are " + image + ", but the model's " + expected);
    }
    int known = network.noClassLabel().orElse(-1);
    if (known >= 0 && source.images.classes() > known) {
      throw model.wrongUsage(
          "the labels of "
              + source.name
              + " are of "
              + source.images.classes()
              + " classes, but the model knows of "
              + known);
    }
  }

  /// As many as wanted, from the whole file: the first ones may be of one kind, or easier, as those
  /// of MNIST's test set are.
  private int[] images(Source source) {
    int there = source.images.count();
    int count = wanted == null ? Math.min(IMAGES, there) : wanted;
    if (count > there) {
      throw model.wrongUsage("--images is " + count + ", but " + source.name + " has " + there);
    }
    return IntStream.range(0, count).map(i -> (int) ((long) i * there / count)).toArray();
  }

  private BoundResult measure(
      Pipeline pipeline,
      VariationalBound bound,
      SystematicTimesteps comb,
      ImageDataset source,
      int[] images,
      boolean labels)
      throws IOException {
    int size = Math.min(images.length, batch == null ? model.batch() : batch);
    try (Workers workers = model.workers()) {
      UNetDenoiser denoiser = new UNetDenoiser(pipeline.unet(), workers);
      BoundEvaluation evaluation =
          new BoundEvaluation(
              bound,
              comb,
              (xt, times, numbers) ->
                  denoiser.predict(
                      xt,
                      times,
                      labels ? IntStream.of(numbers).map(source::label).toArray() : new int[0]),
              workers);
      int total = evaluation.batches(images.length, size);
      double imagesOfBatch = (double) images.length * comb.measured() / total;
      try (Progress progress =
          Progress.start(model.console(), "evaluate", 0, total, imagesOfBatch)) {
        Shape image = source.imageShape();
        BoundResult result =
            evaluation.evaluate(
                numbers -> source.images(numbers, Tensor.zeros(image.batch(numbers.length).dims())),
                images,
                size,
                model.seed,
                (done, _) -> progress.update(done, ""));
        progress.finish("");
        return result;
      } catch (ArithmeticException e) {
        throw new IOException(
            model.directory + ": " + e.getMessage() + ", its weights are damaged", e);
      }
    }
  }

  private Map<String, Object> circumstances(ReverseProcess reverse, boolean labels) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("model", model.directory.toString());
    all.put("seed", Long.toString(model.seed));
    all.put("labels", labels);
    all.put("prediction", reverse.prediction().name().toLowerCase(Locale.ROOT));
    all.put("variance", reverse.variance().name().toLowerCase(Locale.ROOT));
    all.put("clip", reverse.clip());
    return all;
  }

  private String describe(BoundResult result, String source, boolean labels) {
    int all = result.comb().timesteps();
    int measured = result.comb().measured();
    return String.format(
        Locale.ROOT,
        "bound of %s on %,d image%s of %s%s, %s",
        model.directory,
        result.images(),
        result.images() == 1 ? "" : "s",
        source,
        labels ? ", whose labels it was told" : "",
        measured == all
            ? String.format(Locale.ROOT, "at all of %,d timesteps", all)
            : String.format(Locale.ROOT, "each at %,d of %,d timesteps", measured, all));
  }
}
