package haze.diffusion.cli.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.StoredBound;
import haze.diffusion.io.JsonObject;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluateCommandTest extends CommandHarness {
  private static final UNetConfig DIGITS =
      PipelineGolden.TINY.with(28, 28, 1, 1, OptionalInt.empty());

  private Path model(UNetConfig network, SchedulerConfig scheduler) throws IOException {
    Path model = file("model");
    PipelineGolden.untrained(network, scheduler).save(model);
    return model;
  }

  private Path model() throws IOException {
    return model(PipelineGolden.TINY, PipelineGolden.SHORT);
  }

  /// A file of images of 8 x 8.
  private Path images(int count) throws IOException {
    ByteBuffer idx =
        ByteBuffer.allocate(16 + 64 * count)
            .put(new byte[] {0, 0, 8, 3})
            .putInt(count)
            .putInt(8)
            .putInt(8);
    for (int i = 0; i < 64 * count; i++) {
      idx.put((byte) (i * 7 + i / 64 * 31));
    }
    return Files.write(file("images.idx"), idx.array());
  }

  private StoredBound evaluated(Path model, Path data, String... more) throws IOException {
    List<String> args = new ArrayList<>(List.of("evaluate", model.toString()));
    if (data.toString().contains("idx")) {
      args.addAll(List.of("--data", data.toString()));
    }
    args.addAll(List.of(more));
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
    assertEquals("", err.toString());
    return BoundFiles.of(model).read();
  }

  @Test
  void theBoundIsShownAndKept() throws IOException {
    Path model = model();
    StoredBound bound = evaluated(model, images(12));
    assertEquals(12, bound.images());
    assertEquals(20, bound.terms().size());
    double sum = bound.prior().mean() + bound.transitions().mean() + bound.decoder().mean();
    assertEquals(bound.total().mean(), sum, 1e-9);
    List<String> lines = out.toString().replace(directory + "/", "").lines().toList();
    assertTrue(
        lines.get(0).matches("evaluate  step 20/20  [0-9.]+ images/s  elapsed \\d:\\d\\d"),
        lines.get(0));
    assertEquals("bound of model on 12 images of images.idx, at all of 20 timesteps", lines.get(1));
    String number = "-?\\d+\\.\\d{5}";
    List<String> labels =
        List.of(
            "L_T", "L_{t-1}, t = 2..20", "  of it t = 2..10", "  of it t = 11..20", "L_0", "total");
    for (int i = 0; i < labels.size(); i++) {
      String line = lines.get(3 + i);
      assertTrue(line.startsWith(labels.get(i)), line);
      assertTrue(
          line.substring(labels.get(i).length())
              .matches(" +" + number + (i == 2 || i == 3 ? "" : " +" + number + " +-?[0-9.]+")),
          line);
    }
    assertTrue(lines.get(8).contains(String.format("%.5f", bound.total().mean())), lines.get(8));
    assertTrue(
        lines
            .get(9)
            .matches("mean squared error over all timesteps: epsilon " + number + ", x0 " + number),
        lines.get(9));
    assertEquals("wrote model/evaluation/bound.json, bound.csv, bound.png", lines.get(10));
    assertEquals(11, lines.size());
    JsonObject json = JsonObject.read(BoundFiles.of(model).json());
    assertEquals("0", json.string("seed", ""));
    assertEquals(model.toString(), json.string("model", ""));
    assertEquals("epsilon", json.string("prediction", ""));
    assertEquals("fixed_small", json.string("variance", ""));
    assertTrue(json.bool("clip", false));
    assertFalse(json.bool("labels", true));
    assertEquals(1200, ImageIO.read(BoundFiles.of(model).png().toFile()).getWidth());
  }

  @Test
  void theNumbersDependOnTheSeedButNotOnThreadsOrBatches() throws IOException {
    Path model = model();
    Path data = images(30);
    Path csv = BoundFiles.of(model).csv();
    evaluated(model, data, "--timesteps", "5", "--threads", "1");
    byte[] one = Files.readAllBytes(csv);
    evaluated(model, data, "--timesteps", "5", "--threads", "3", "--batch", "7");
    assertArrayEquals(one, Files.readAllBytes(csv));
    assertTrue(out.toString().contains("each at 5 of 20 timesteps"), out.toString());
    evaluated(model, data, "--timesteps", "5", "--seed", "1");
    assertFalse(Arrays.equals(one, Files.readAllBytes(csv)));
  }

  @Test
  void theNumbersAreThoseOfTheFrontDoor() throws IOException {
    Path model = model();
    Path data = images(12);
    StoredBound bound = evaluated(model, data, "--images", "9", "--timesteps", "4", "--seed", "3");
    StoredBound own =
        new BoundEvaluation(Pipeline.load(model))
            .run(
                BoundRequest.of(ImageDataset.load(data))
                    .title(data.toString())
                    .images(9)
                    .timesteps(4)
                    .seed(3))
            .stored();
    assertEquals(own.total(), bound.total());
    assertEquals(own.transitions(), bound.transitions());
    assertEquals(own.decoder(), bound.decoder());
    assertEquals(own.data(), bound.data());
    assertEquals(own.images(), bound.images());
  }

  @Test
  void anotherMeasurementKeepsTheEarlierOneToCompareWith() throws IOException {
    Path model = model();
    Path data = images(12);
    evaluated(model, data);
    evaluated(model, data);
    assertFalse(out.toString().contains("earlier"), out.toString());
    evaluated(model, data, "--images", "2", "--timesteps", "2");
    Path earlier = file("model/evaluation/earlier-1");
    assertEquals(
        "kept the earlier result in " + earlier, out.toString().lines().toList().getLast());
    assertEquals(2, BoundFiles.of(model).read().images());
    assertEquals(12, new BoundFiles(earlier).read().images());
    assertEquals(
        0,
        haze(
            "show",
            "bound",
            model.toString(),
            earlier.toString(),
            "--out",
            file("both.png").toString()),
        err.toString());
    assertTrue(
        out.toString().lines().findFirst().orElseThrow().matches("bits/dim +model +earlier-1"),
        out.toString());
  }

  @Test
  void theFilesGoWhereTheyAreWanted() throws IOException {
    Path model = model();
    assertEquals(
        0,
        haze(
            "evaluate",
            model.toString(),
            "--data",
            images(2).toString(),
            "--out",
            file("a/b").toString()));
    assertEquals(2, new BoundFiles(file("a/b")).read().images());
    assertFalse(Files.exists(model.resolve("evaluation")));
    Files.createFile(file("taken"));
    assertFails(
        1,
        "haze: taken: exists already",
        "evaluate",
        model.toString(),
        "--data",
        images(2).toString(),
        "--out",
        file("taken").toString());
  }

  @Test
  void theEmbeddedTestImagesAreTheDefaultForDigits() throws IOException {
    Path model = model(DIGITS, PipelineGolden.SHORT);
    StoredBound test = evaluated(model, Path.of(""), "--images", "3", "--timesteps", "3");
    assertEquals("mnist test", test.data());
    assertEquals(784, test.dimensions());
    StoredBound train =
        evaluated(model, Path.of(""), "--images", "3", "--timesteps", "3", "--data", "train");
    assertEquals("mnist train", train.data());
    assertNotEquals(test.total(), train.total());
  }

  @Test
  void aRunOnOtherImagesIsMeasuredOnThoseButHasNoneToTestWith() throws IOException {
    Path model = model();
    Files.createDirectory(model.resolve("training"));
    Files.writeString(
        model.resolve("training/config.json"), "{\"data\": \"" + images(4) + "\", \"other\": 1}");
    assertFails(
        2,
        "haze: the run learned from images.idx, which has no images to measure with:"
            + " --data says which to take, train or a path; see haze evaluate --help",
        "evaluate",
        model.toString());
    assertEquals(0, haze("evaluate", model.toString(), "--data", "train"), err.toString());
    assertEquals(4, BoundFiles.of(model).read().images());
  }

  @Test
  void aNetworkThatKnowsLabelsIsConditionedOnThem() throws IOException {
    Path model = model(DIGITS.with(28, 28, 1, 1, OptionalInt.of(11)), PipelineGolden.SHORT);
    StoredBound conditional = evaluated(model, Path.of(""), "--images", "3", "--timesteps", "3");
    assertTrue(
        out.toString().contains("of mnist test, conditioned on their labels"), out.toString());
    assertTrue(JsonObject.read(BoundFiles.of(model).json()).bool("labels", false));
    // With the embedding of each class as that of none, labels say nothing, and cost otherwise.
    Pipeline pipeline = Pipeline.load(model);
    var table = pipeline.unet().parameters().get("class_embedding.weight").value();
    for (int label = 0; label < 10; label++) {
      table.at(label).copyFrom(table.at(10));
    }
    pipeline.save(model);
    assertNotEquals(
        conditional.total(),
        evaluated(model, Path.of(""), "--images", "3", "--timesteps", "3").total());

    Path small =
        model(PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(4)), PipelineGolden.SHORT);
    byte[] labels = {0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2};
    Files.write(file("classes.idx"), labels);
    double silent = evaluated(small, images(3)).total().mean();
    assertFalse(JsonObject.read(BoundFiles.of(small).json()).bool("labels", true));
    assertNotEquals(
        silent,
        evaluated(small, images(3), "--labels", file("classes.idx").toString()).total().mean());
    assertTrue(JsonObject.read(BoundFiles.of(small).json()).bool("labels", false));

    Path few = model(DIGITS.with(28, 28, 1, 1, OptionalInt.of(6)), PipelineGolden.SHORT);
    assertFails(
        2,
        "haze: the labels of mnist test are of 10 classes, but the model knows of 5;"
            + " see haze evaluate --help",
        "evaluate",
        few.toString());
  }

  @Test
  void aLearnedVarianceIsMeasured() throws IOException {
    Path model =
        model(
            PipelineGolden.TINY.with(8, 8, 1, 2, OptionalInt.empty()),
            PipelineGolden.SHORT.withVariance(ReverseVariance.LEARNED_RANGE));
    assertTrue(evaluated(model, images(3)).total().mean() > 0);
    assertEquals(
        "learned_range", JsonObject.read(BoundFiles.of(model).json()).string("variance", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --images 0              | --images is 0, expected at least 1
          --images 13             | --images is 13, but images.idx has 12
          --timesteps 0           | --timesteps is 0, expected at least 1
          --timesteps 1           | --timesteps is 1, expected 2 to 20, the number that the model was trained on
          --timesteps 21          | --timesteps is 21, expected 2 to 20, the number that the model was trained on
          --count 5               | --count is for --fid
          --fid --continuous      | --continuous does not go with --fid
          --continuous --ode      | --continuous does not go with --ode
          --probes 2              | --probes is for --ode
          --steps 4               | --steps is for --ode and --fid
          --continuous --steps 4  | --steps is for --ode and --fid, not for --continuous
          --ode --timesteps 3     | --timesteps is for the bound and --continuous, not for --ode
          --ode --sampler ddim    | --sampler is for --fid, not for --ode
          --ode --steps 5         | --steps is 5, expected an even number from 2
          --ode --probes 0        | --probes is 0, expected at least 1
          --sampler ddim          | --sampler is for --fid
          --class 1               | --class is for --fid
          --batch 0               | --batch is 0, expected at least 1
          --threads 0             | --threads is 0, expected 1 to 1024
          --data test             | the images of mnist test are [28, 28, 1], but the model's [8, 8, 1]
          """)
  void wrongUsageIsOneLineAndExitCodeTwo(String options, String problem) throws IOException {
    List<String> args = new ArrayList<>(List.of("evaluate", model().toString()));
    String data = images(12).toString();
    if (!options.contains("--data")) {
      args.addAll(List.of("--data", data));
    }
    args.addAll(List.of(options.split(" +")));
    assertFails(2, "haze: " + problem + "; see haze evaluate --help", args.toArray(String[]::new));
    assertFalse(Files.exists(file("model/evaluation")));
  }

  @Test
  void modelsWithoutSuchABoundAreRefused() throws IOException {
    String data = images(2).toString();
    model(PipelineGolden.TINY, SchedulerConfig.of(SamplerKind.FLOW));
    assertFails(
        1,
        "haze: model: is a model for flow matching, which has no variational bound of"
            + " this kind: it is for models of a Markov chain",
        "evaluate",
        file("model").toString(),
        "--data",
        data);
    SchedulerConfig zero = PipelineGolden.SHORT.withZeroTerminalSnr(true);
    model(PipelineGolden.TINY, zero);
    assertFails(
        1,
        "haze: model/scheduler/scheduler_config.json: prediction_type is epsilon, but the schedule"
            + " ends without signal, where epsilon does not give x_0; expected v_prediction or"
            + " sample",
        "evaluate",
        file("model").toString(),
        "--data",
        data);
    model(PipelineGolden.TINY, zero.withPrediction(Prediction.V));
    assertEquals(0, haze("evaluate", file("model").toString(), "--data", data), err.toString());
  }

  @Test
  void theBoundOfInfinitelyManyStepsIsShownAndKept() throws IOException {
    Path model = model();
    String data = images(5).toString();
    assertEquals(
        0,
        haze(
            "evaluate",
            model.toString(),
            "--data",
            data,
            "--continuous",
            "--timesteps",
            "30",
            "--seed",
            "4"),
        err.toString());
    List<String> lines = out.toString().lines().filter(line -> !line.contains("step ")).toList();
    assertEquals(
        "bound in continuous time of model on 5 images of images.idx",
        lines.getFirst().replace(model.toString(), "model").replaceAll("of /.*/", "of "));
    assertTrue(lines.get(5).matches("total +[0-9.]+ +[0-9.]+ +[0-9.]+"), String.join("\n", lines));
    assertTrue(lines.get(6).endsWith("each image at 30 of it and at t = 1"), lines.get(6));
    assertTrue(lines.get(7).startsWith("wrote "), lines.get(7));
    JsonObject json = JsonObject.read(model.resolve("evaluation/continuous.json"));
    assertEquals("continuous", json.string("method", ""));
    assertEquals("4", json.string("seed", ""));
    assertEquals(30, json.integer("parts", 0, 0, 100));
    assertEquals(5, json.integer("images", 0, 0, 100));
    double sum = json.number("prior", 0) + json.number("integral", 0) + json.number("decoder", 0);
    assertEquals(json.number("total", 0), sum, 1e-9);
    assertTrue(json.number("total_standard_error", 0) > 0);
    assertFalse(Files.exists(model.resolve("evaluation/bound.json")));
  }

  @Test
  void theLikelihoodByTheFlowIsShownAndKept() throws IOException {
    Path model = model();
    List<String> args =
        List.of(
            "evaluate",
            model.toString(),
            "--data",
            images(20).toString(),
            "--ode",
            "--images",
            "4",
            "--steps",
            "6",
            "--probes",
            "2");
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
    List<String> lines = out.toString().lines().filter(line -> !line.contains("step ")).toList();
    assertTrue(lines.getFirst().startsWith("likelihood by the probability flow of "), lines.get(0));
    assertTrue(lines.get(2).startsWith("flow, less the noise "), lines.get(2));
    assertTrue(lines.get(3).startsWith("L_0 "), lines.get(3));
    assertTrue(lines.get(4).startsWith("total "), lines.get(4));
    assertTrue(lines.get(5).startsWith("6 steps of Runge and Kutta over log-SNR "), lines.get(5));
    assertTrue(lines.get(6).startsWith("each image 2 times; of the "), lines.get(6));
    JsonObject json = JsonObject.read(model.resolve("evaluation/ode.json"));
    assertEquals(4, json.integer("images", 0, 0, 100));
    assertEquals(6, json.integer("steps", 0, 0, 100));
    assertEquals("noise", json.string("dequantization", ""));
    double total = json.number("total", 0);
    assertEquals(total, json.number("flow", 0) + json.number("decoder", 0), 1e-9);
    List<String> uniform = new ArrayList<>(args);
    uniform.addAll(List.of("--dequantize", "uniform", "--threads", "1", "--batch", "3"));
    assertEquals(0, haze(uniform.toArray(String[]::new)), err.toString());
    assertTrue(Files.exists(model.resolve("evaluation/earlier-1/ode.json")));
    JsonObject other = JsonObject.read(model.resolve("evaluation/ode.json"));
    assertEquals("uniform", other.string("dequantization", ""));
    assertFalse(other.has("decoder"));
  }

  @Test
  void modelsWithoutContinuousTimeAreRefused() throws IOException {
    String data = images(2).toString();
    model(
        PipelineGolden.TINY,
        PipelineGolden.SHORT.withZeroTerminalSnr(true).withPrediction(Prediction.V));
    assertFails(
        1,
        "haze: model: has no likelihood in continuous time: continuous schedule: ends without"
            + " signal, where the log-SNR is infinite",
        "evaluate",
        file("model").toString(),
        "--data",
        data,
        "--continuous");
    model(
        PipelineGolden.TINY
            .with(UNetSwitch.NUM_TRAIN_TIMESTEPS, OptionalInt.of(20))
            .with(UNetSwitch.TIME_EMBEDDING_TYPE, UNetSwitch.TimeEmbeddingType.LEARNED),
        PipelineGolden.SHORT);
    assertFails(
        1,
        "haze: model: has a learned time_embedding_type, which knows no time between its timesteps,"
            + " or none at 0: only its bound at timesteps can be measured",
        "evaluate",
        file("model").toString(),
        "--data",
        data,
        "--continuous");
  }

  @Test
  void damagedWeightsAreNamedAndNothingIsWritten() throws IOException {
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    pipeline.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    pipeline.save(file("model"));
    assertEquals(1, haze("evaluate", file("model").toString(), "--data", images(2).toString()));
    assertEquals(
        "haze: model: bound: the network's output for image 0 at t = 1 is no"
            + " number (NaN or infinite), its weights are damaged\n",
        err.toString().replace(directory + "/", ""));
    assertFalse(Files.exists(file("model/evaluation/bound.csv")));
  }

  @Test
  void missingAndDamagedFilesAreNamed() throws IOException {
    Path model = model();
    assertFails(
        1,
        "haze: no.idx: no such file",
        "evaluate",
        model.toString(),
        "--data",
        file("no.idx").toString());
    assertFails(1, "haze: nothing: no such directory", "evaluate", file("nothing").toString());
    Files.createDirectory(model.resolve("training"));
    Files.writeString(model.resolve("training/config.json"), "{\"data\": 3}");
    assertEquals(1, haze("evaluate", model.toString()));
    assertTrue(
        err.toString().contains("config.json: data is 3, expected a string"), err.toString());
  }

  @Test
  void boundsAreShownSideBySide() throws IOException {
    Path data = images(4);
    Path first = model();
    evaluated(first, data);
    Files.createDirectory(file("other"));
    Path second = Files.move(first, file("other/model"));
    assertEquals(
        0,
        haze(
            "evaluate",
            model().toString(),
            "--data",
            data.toString(),
            "--seed",
            "3",
            "--out",
            file("apart").toString(),
            "--images",
            "2"),
        err.toString());
    String chart = file("chart.png").toString();
    assertEquals(
        0,
        haze("show", "bound", second.toString(), file("apart").toString(), "--out", chart),
        err.toString());
    List<String> lines = out.toString().lines().toList();
    assertTrue(lines.get(0).matches("bits/dim +model +apart"), lines.get(0));
    String value = " +-?\\d+\\.\\d{5} \\+- \\d+\\.\\d{5}";
    List<String> labels = List.of("L_T", "L_\\{t-1\\}, t > 1", "L_0", "total");
    for (int i = 0; i < labels.size(); i++) {
      assertTrue(lines.get(1 + i).matches(labels.get(i) + value + value), lines.get(1 + i));
    }
    assertTrue(lines.get(6).matches("images +4 +2"), lines.get(6));
    assertEquals("wrote " + chart, lines.getLast());
    assertEquals(800, ImageIO.read(file("chart.png").toFile()).getHeight());

    assertFails(
        1,
        "haze: model: no bound was measured there: haze evaluate model does it",
        "show",
        "bound",
        file("model").toString());
    assertFails(
        2,
        "haze: --out is x.jpg, expected a name that ends in .png; see haze show bound" + " --help",
        "show",
        "bound",
        second.toString(),
        "--out",
        "x.jpg");
    Files.writeString(file("apart/bound.csv"), "t,bits\n");
    assertFails(
        1,
        "haze: apart/bound.csv: line 1: expected"
            + " t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse",
        "show",
        "bound",
        file("apart").toString());
  }
}
