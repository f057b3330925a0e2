package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.OutputFormat;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.Activation;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.BlockType;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandTest extends CommandHarness {
  private Path model() throws IOException {
    Path model = directory.resolve("model");
    PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT).save(model);
    return model;
  }

  private byte[] sampled(String name, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(
            List.of("sample", file("model").toString(), "--out", file(name).toString()));
    args.addAll(Arrays.asList(more));
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
    assertEquals("", err.toString());
    return Files.readAllBytes(file(name));
  }

  @Test
  void theSameSeedGivesIdenticalFilesForAnyNumberOfThreads() throws IOException {
    model();
    byte[] one = sampled("a.safetensors", "--count", "70", "--threads", "1", "--seed", "5");
    for (String threads : List.of("2", "4")) {
      assertArrayEquals(
          one,
          sampled("b.safetensors", "--count", "70", "--threads", threads, "--seed", "5"),
          threads);
    }
    assertFalse(Arrays.equals(one, sampled("b.safetensors", "--count", "70", "--seed", "6")));
  }

  @Test
  void aPictureDoesNotDependOnTheCount() throws IOException {
    model();
    byte[] many = sampled("a.npy", "--count", "37", "--threads", "1", "--steps", "5");
    byte[] few = sampled("b.npy", "--count", "3", "--threads", "2", "--steps", "5");
    int data = few.length - 3 * 64 * Float.BYTES;
    assertArrayEquals(
        Arrays.copyOfRange(few, data, few.length),
        Arrays.copyOfRange(many, data, data + few.length - data));
  }

  @Test
  void samplesAreWrittenAsPicture() throws IOException {
    model();
    sampled("a.png", "--count", "6");
    assertTrue(
        out.toString()
            .endsWith("wrote " + file("a.png") + ": 6 images of 8 x 8" + System.lineSeparator()),
        out.toString());
    var picture = ImageIO.read(file("a.png").toFile());
    // Three columns and two rows of images magnified to 112 pixels, with lines of 2 between them.
    assertEquals(2 + 3 * 114, picture.getWidth());
    assertEquals(2 + 2 * 114, picture.getHeight());
  }

  @Test
  void imagesMayHaveAnotherSizeThanTheNetworkIsMadeFor() throws IOException {
    model();
    sampled("a.npy", "--count", "1", "--size", "12x8");
    assertTrue(out.toString().endsWith(": 1 image of 12 x 8" + System.lineSeparator()));
    assertTrue(
        new String(Files.readAllBytes(file("a.npy")), StandardCharsets.ISO_8859_1)
            .contains("(1, 8, 12, 1)"));
    String model = file("model").toString();
    String help = "; see haze sample --help";
    assertFails(
        2,
        "haze: --size is 7 x 8, which cannot be halved 1 time, the nearest sizes that can: 6 x 8, 8"
            + " x 8"
            + help,
        "sample",
        model,
        "--size",
        "7x8");
    assertFails(
        2,
        "haze: --size is 0x8, expected a number of pixels, or width x height such as 28x20" + help,
        "sample",
        model,
        "--size",
        "0x8");
  }

  @Test
  void aNetworkForAnySizeWantsOne() throws IOException {
    UNetConfig any =
        UNetConfig.builder(8, 1).anySize().layers(1).channels(8, 16).headChannels(8).build();
    PipelineGolden.untrained(any, PipelineGolden.SHORT).save(file("model"));
    assertFails(
        2,
        "haze: --size is not given, and the network is made for images of any size;"
            + " see haze sample --help",
        "sample",
        file("model").toString());
    sampled("a.npy", "--count", "1", "--size", "8");
    assertEquals(0, haze("info", file("model").toString()));
    assertTrue(out.toString().contains("images      of any size, 1 channel"), out.toString());
  }

  @Test
  void samplesAreWrittenAsArrays() throws IOException {
    model();
    byte[] npy = sampled("a.npy", "--count", "3", "--sampler", "ddim", "--steps", "4");
    sampled("a.safetensors", "--count", "3", "--sampler", "DDIM", "--steps", "4");
    try (SafetensorsFile file = SafetensorsFile.open(file("a.safetensors"))) {
      assertEquals(
          Map.of(
              "layout", "NHWC", "range", "[-1, 1]", "sampler", "ddim", "steps", "4", "seed", "0"),
          file.metadata());
      Tensor images = file.tensor("images");
      assertEquals(Shape.of(3, 8, 8, 1), images.shape());
      float[] inNpy = new float[images.size()];
      ByteBuffer.wrap(npy, npy.length - inNpy.length * Float.BYTES, inNpy.length * Float.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(inNpy);
      assertArrayEquals(images.toArray(), inNpy);
      for (float value : inNpy) {
        assertTrue(value >= -1 && value <= 1, "" + value);
      }
      assertTrue(new String(npy, StandardCharsets.ISO_8859_1).contains("(3, 8, 8, 1)"));
    }
  }

  @Test
  void valuesBeyondTheRangeAreClippedEvenIfTheModelDoesNot() throws IOException {
    SchedulerConfig doesNot = PipelineGolden.SHORT.withoutClipping();
    PipelineGolden.untrained(PipelineGolden.TINY, doesNot).save(file("model"));
    sampled("a.safetensors", "--count", "2");
    try (SafetensorsFile file = SafetensorsFile.open(file("a.safetensors"))) {
      float largest = 0;
      for (float value : file.tensor("images").toArray()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertEquals(1, largest);
    }
  }

  @Test
  void theSamplerAndItsStepsFollowTheModelIfNothingElseIsAsked() throws IOException {
    model();
    byte[] asked = sampled("a.npy", "--count", "2", "--sampler", "ddpm", "--steps", "20");
    assertArrayEquals(asked, sampled("b.npy", "--count", "2"));
    byte[] ddim = sampled("a.npy", "--count", "2", "--sampler", "ddim", "--steps", "20");
    assertArrayEquals(ddim, sampled("b.npy", "--count", "2", "--sampler", "ddim"));
    assertFalse(Arrays.equals(asked, ddim));
  }

  @Test
  void everySamplerOfMarkovChainsSamplesTheModel() throws IOException {
    model();
    Set<String> made = new HashSet<>();
    for (String options :
        List.of(
            "ddpm",
            "ddim",
            "ddim --eta 1",
            "ddim --spacing trailing",
            "dpmsolver++",
            "euler",
            "heun")) {
      List<String> args = new ArrayList<>(List.of("--count", "1", "--steps", "4", "--sampler"));
      args.addAll(List.of(options.split(" ")));
      byte[] once = sampled("a.npy", args.toArray(String[]::new));
      assertArrayEquals(once, sampled("b.npy", args.toArray(String[]::new)), options);
      assertTrue(made.add(Arrays.toString(once)), options);
    }
    // Without a number of steps as well.
    sampled("a.npy", "--count", "1", "--sampler", "dpmsolver++");
  }

  @Test
  void aModelForFlowMatchingIsSampledByFlow() throws IOException {
    PipelineGolden.untrained(PipelineGolden.TINY, SchedulerConfig.of(SamplerKind.FLOW))
        .save(file("model"));
    byte[] flow = sampled("a.npy", "--count", "1", "--steps", "4");
    assertArrayEquals(flow, sampled("b.npy", "--count", "1", "--steps", "4", "--sampler", "flow"));
    assertEquals(0, haze("info", file("model").toString()));
    assertTrue(out.toString().contains("1000 timesteps, straight lines to noise"), out.toString());
  }

  private void conditionalModel() throws IOException {
    PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(4)), PipelineGolden.SHORT)
        .save(file("model"));
  }

  private Tensor images(String... options) throws IOException {
    sampled("a.safetensors", options);
    try (SafetensorsFile file = SafetensorsFile.open(file("a.safetensors"))) {
      return file.tensor("images");
    }
  }

  @Test
  void classesTakeTurnsAndAPictureDependsOnItsOwn() throws IOException {
    conditionalModel();
    Tensor turns = images();
    // 64 and two more, for as many of each of the three classes.
    assertEquals(66, turns.dim(0));
    Tensor named = images("--class", "0,1,2", "--count", "7");
    Tensor ones = images("--class", "1", "--count", "66", "--threads", "1");
    for (int i = 0; i < 66; i++) {
      assertEquals(i % 3 == 1, Arrays.equals(turns.at(i).toArray(), ones.at(i).toArray()), "" + i);
    }
    for (int i = 0; i < 7; i++) {
      assertArrayEquals(turns.at(i).toArray(), named.at(i).toArray());
    }
    Tensor guided = images("--class", "1", "--count", "7", "--guidance", "3");
    assertFalse(Arrays.equals(ones.at(1).toArray(), guided.at(1).toArray()));
    assertArrayEquals(
        guided.toArray(),
        images("--class", "1", "--count", "7", "--guidance", "3", "--threads", "3").toArray());
    assertArrayEquals(
        ones.slice(0, 7).toArray(),
        images("--class", "1", "--count", "7", "--guidance", "2").toArray());
  }

  /// The last row is not full: white, as the paper.
  @Test
  void theClassesAreColumnsThatNameThem() throws IOException {
    conditionalModel();
    sampled("a.png", "--count", "5");
    BufferedImage figure = ImageIO.read(file("a.png").toFile());
    // Two rows of images, the margins of a figure, and a line of words above the images.
    assertEquals(2 + 2 * 114 + 2 * 14 + 20, figure.getHeight());
    assertTrue(figure.getWidth() >= 3 * 114, "" + figure.getWidth());
    assertEquals(0xFFFFFF, rgb(figure, 57));
    assertNotEquals(0xFFFFFF, rgb(figure, 57 + 114));
    // Of one class too: its name once, above the first column.
    sampled("b.png", "--count", "4", "--class", "1");
    assertEquals(figure.getHeight(), ImageIO.read(file("b.png").toFile()).getHeight());
    sampled("c.png", "--count", "1", "--class", "1");
    assertEquals(2 + 114, ImageIO.read(file("c.png").toFile()).getHeight());
  }

  /// The middle of an image of the last row, so many pixels from the right edge of the images.
  private static int rgb(BufferedImage figure, int fromRight) {
    int x = figure.getWidth() - 14 - fromRight;
    return figure.getRGB(x, figure.getHeight() - 14 - 57) & 0xFFFFFF;
  }

  @Test
  void aClassThatTheModelDoesNotKnowIsWrongUsage() throws IOException {
    conditionalModel();
    assertFails(
        2,
        "haze: --class is 3, expected 0 to 2; see haze sample --help",
        "sample",
        file("model").toString(),
        "--class",
        "1,3");
    assertFails(
        2,
        "haze: --class is -1, expected 0 to 2; see haze sample --help",
        "sample",
        file("model").toString(),
        "--class",
        "-1");
    assertFails(
        2,
        "haze: --guidance is NaN, expected a number; see haze sample --help",
        "sample",
        file("model").toString(),
        "--guidance",
        "NaN");
    assertEquals(0, haze("info", file("model").toString()));
    assertTrue(
        out.toString().contains("classes     3, from 0 to 2; label 3 stands for no class"),
        out.toString());
  }

  /// Whatever picocli calls the types: one style, and a slip of the pen is understood.
  @Test
  void everyOptionNamesItselfItsValueAndWhatIsExpected() {
    int seen = assertOptionsRefuse(new Main().command(new PrintWriter(err)));
    assertTrue(seen > 80, "" + seen);
  }

  private int assertOptionsRefuse(CommandLine command) {
    int seen = 0;
    for (CommandLine subcommand : command.getSubcommands().values()) {
      seen += assertOptionsRefuse(subcommand);
    }
    String name = command.getCommandSpec().qualifiedName();
    for (CommandLine.Model.OptionSpec option : command.getCommandSpec().options()) {
      Class<?> type = option.auxiliaryTypes()[0];
      if (type != String.class && type != Path.class && !name.endsWith("generate-completion")) {
        seen++;
        List<String> args = new ArrayList<>(List.of(name.split(" ")));
        args.removeFirst();
        args.add(option.longestName() + "=!");
        assertEquals(2, haze(args.toArray(String[]::new)), err.toString());
        String start = "haze: " + option.longestName() + " is !, expected ";
        assertTrue(err.toString().startsWith(start), err.toString());
      }
    }
    return seen;
  }

  @ParameterizedTest
  @CsvSource({
    "train --loss simpel, simple",
    "train --schedule cosin, cosine",
    "train --prediction epsilom, epsilon",
    "train --preset mnits, mnist",
    "sample m --sampler ddmi, ddim",
    "sample m --spacing trailin, trailing"
  })
  void theNearestChoiceIsNamed(String line, String meant) {
    assertEquals(2, haze(line.split(" ")));
    assertTrue(err.toString().contains(", did you mean " + meant + "?; see "), err.toString());
  }

  @Test
  void progressIsShown() throws IOException {
    model();
    sampled("a.png", "--count", "4", "--steps", "7");
    assertTrue(
        out.toString()
            .matches(
                "(?s)warning: sampling begins .*\\Rsample  step 7/7  [0-9.]+ images/s  elapsed"
                    + " \\d:\\d\\d\\R.*"),
        out.toString());
  }

  @Test
  void anExistingFileIsReplacedOnlyIfItWasNamed() throws IOException {
    assertEquals(
        "samples.png", OutputFormat.freeName(directory, "samples").getFileName().toString());
    Files.createFile(file("samples.png"));
    Files.createFile(file("samples-2.png"));
    assertEquals(
        "samples-3.png", OutputFormat.freeName(directory, "samples").getFileName().toString());
    model();
    byte[] replaced = sampled("samples.png", "--count", "1", "--steps", "1");
    assertTrue(replaced.length > 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --steps=-3          | --steps is -3, expected at least 1
          --steps 0           | --steps is 0, expected at least 1
          --steps 21          | --steps is 21, but the model was trained on 20 timesteps
          --count 0           | --count is 0, expected at least 1
          --threads 0         | --threads is 0, expected 1 to 1024
          --threads 1000000   | --threads is 1000000, expected 1 to 1024
          --count x           | --count is x, expected a whole number
          --seed 1.5          | --seed is 1.5, expected a whole number
          --sampler tcd       | --sampler is tcd, expected one of ddpm, ddim, dpmsolver++, euler, heun, unipc, pndm, euler-ancestral, deis, lms, kdpm2, kdpm2-ancestral, dpmsolver-singlestep, lcm, flow
          --eta 0.5           | --eta is for sampler ddim, not for ddpm
          --sampler ddim --eta 2 | DDIM: eta 2.0 is not in 0..1
          --sampler flow      | the model's scheduler is DDPMScheduler, it cannot be sampled with FlowMatchEulerDiscreteScheduler: models for flow matching need that one, other models another
          --sampler dpmsolver++ --steps 20 | timestep spacing: 20 steps are not in 1..19
          --spacing even      | --spacing is even, expected one of leading, linspace, trailing
          --class 1           | --class is for a model that was trained with labels (haze train --conditional)
          --guidance 2        | --guidance is for a model that was trained with labels (haze train --conditional)
          --colour            | there is no option '--colour'
          --cuont 3           | there is no option '--cuont', did you mean --count?
          more                | there is no argument 'more'
          --out x.jpg         | --out is x.jpg, expected a name that ends in .png, .npy or .safetensors
          --out x             | --out is x, expected a name that ends in .png, .npy or .safetensors
          --out x.npy --count 2000000000 | --out is x.npy, but 2000000000 images are too many for an array
          --out x.png --count 2000000    | --out is x.png, but 2000000 images are too many for a picture
          --out               | Missing required parameter for option '--out' (FILE)
          """)
  void wrongUsageIsOneLineAndExitCodeTwo(String options, String problem) throws IOException {
    List<String> args = new ArrayList<>(List.of("sample", model().toString()));
    args.addAll(List.of(options.split(" +")));
    assertFails(2, "haze: " + problem + "; see haze sample --help", args.toArray(String[]::new));
  }

  @Test
  void aNegativeNumberMayFollowItsOption() throws IOException {
    assertFails(
        2,
        "haze: --steps is -3, expected at least 1; see haze sample --help",
        "sample",
        model().toString(),
        "--steps",
        "-3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"train", "sample", "interpolate", "inpaint", "denoise", "encode", "evaluate"})
  void examplesOfTheHelpAreRightUsage(String command) {
    assertEquals(0, haze(command, "--help"));
    List<String> examples =
        out.toString().lines().filter(line -> line.startsWith("  haze ")).toList();
    assertFalse(examples.isEmpty());
    for (String example : examples) {
      assertTrue(example.startsWith("  haze " + command), example);
      String[] words = example.strip().replaceFirst("haze ", "").split(" +");
      CommandLine line = new Main().command(new PrintWriter(err));
      assertDoesNotThrow(() -> line.parseArgs(words), example);
    }
  }

  @Test
  void anEditIsGuidedToItsClass() throws IOException {
    conditionalModel();
    ImageIO.write(
        new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY), "png", file("i.png").toFile());
    byte[] plain = inpainted(0, "--class", "1");
    assertArrayEquals(plain, inpainted(0, "--class", "1", "--guidance", "1"));
    assertFalse(Arrays.equals(plain, inpainted(0, "--class", "1", "--guidance", "3")));
    assertArrayEquals(inpainted(0), inpainted(0, "--class", "1", "--guidance", "0"));
    inpainted(2, "--guidance", "3");
    assertTrue(err.toString().startsWith("haze: --guidance needs a class"), err.toString());
  }

  private byte[] inpainted(int code, String... more) throws IOException {
    String line = "--hole middle --count 1 --steps 2 --rounds 1";
    List<String> args = new ArrayList<>(List.of("inpaint", file("model").toString()));
    args.addAll(List.of(line.split(" ")));
    args.addAll(List.of("--image", file("i.png").toString(), "--out", file("i.npy").toString()));
    args.addAll(List.of(more));
    assertEquals(code, haze(args.toArray(String[]::new)), err.toString());
    return Files.readAllBytes(file("i.npy"));
  }

  @Test
  void missingDirectoriesAboveAFileAreMade() throws IOException {
    model();
    sampled("a/b/c.png", "--count", "1", "--steps", "1");
    assertTrue(Files.exists(file("a/b/c.png")));
    String chain = file("d/chain.png").toString();
    assertEquals(0, haze("show", "chain", "--days", "10", "--out", chain), err.toString());
    assertTrue(Files.exists(file("d/chain.png")));
  }

  @Test
  void helpIsACommandToo() {
    assertEquals(0, haze("sample", "--help"));
    String help = out.toString();
    assertEquals(0, haze("help", "sample"));
    assertEquals(help, out.toString());
    assertTrue(help.startsWith("Usage: haze sample"), help);
  }

  @Test
  void aShellCompletesTheCommands() {
    assertEquals(0, haze("generate-completion"));
    assertTrue(out.toString().startsWith("#!/usr/bin/env bash"), out.toString());
    assertTrue(out.toString().contains("--sampler"), out.toString());
  }

  @Test
  void aCommandIsNeeded() {
    assertFails(
        2,
        "haze: which command? train, sample, interpolate, inpaint, denoise, encode, evaluate,"
            + " average, distill, data, show, study, watch, report, info, help; see haze --help");
    assertFails(
        2, "haze: there is no command 'trian', did you mean train?; see haze --help", "trian");
    assertFails(
        2, "haze: there is no command 'paint', did you mean inpaint?; see haze --help", "paint");
    assertFails(
        2, "haze: Missing required parameter: 'DIRECTORY|FILE'; see haze info --help", "info");
  }

  @Test
  void aFailureIsOneLineAndExitCodeOne() throws IOException {
    Path model = model();
    assertFails(1, "haze: nothing: no such directory", "sample", file("nothing").toString());
    assertFails(1, "haze: nothing: no such file", "info", file("nothing").toString());
    Files.writeString(file("no"), "a file");
    assertFails(
        1,
        "haze: no/a.png: no is no directory",
        "sample",
        model.toString(),
        "--out",
        file("no/a.png").toString());
    Files.createDirectory(file("d.png"));
    assertFails(
        1,
        "haze: d.png: is a directory",
        "sample",
        model.toString(),
        "--out",
        file("d.png").toString());
    Files.writeString(model.resolve("unet/config.json"), "{");
    assertEquals(1, haze("sample", model.toString()));
    assertTrue(
        err.toString().matches("haze: [^\n]*config.json: line 1, column 2: [^\n]*\n"),
        err.toString());
  }

  @Test
  void theStackTraceIsShownWhereItIsAskedFor() {
    for (String[] args :
        new String[][] {{"--verbose", "info", "/nothing"}, {"info", "/nothing", "--verbose"}}) {
      assertEquals(1, haze(args));
      assertTrue(err.toString().contains("\tat haze."), err.toString());
    }
  }

  @Test
  void damagedWeightsAreNamedAndNothingIsWritten() throws IOException {
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    pipeline.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    pipeline.save(file("model"));
    assertEquals(
        1,
        haze(
            "sample", file("model").toString(), "--out", file("a.png").toString(), "--count", "1"));
    assertTrue(err.toString().contains("its weights are damaged"), err.toString());
    assertFalse(Files.exists(file("a.png")));
  }

  @Test
  void channelsThatNoPictureHasAreNamedBeforeTheWork() throws IOException {
    UNetConfig two =
        UNetConfig.builder(8, 2)
            .layers(1)
            .channels(8)
            .attentionAt()
            .midAttention(false)
            .headChannels(8)
            .groups(4)
            .build();
    PipelineGolden.untrained(two, PipelineGolden.SHORT).save(file("model"));
    assertFails(
        2,
        "haze: --out is a.png, but a picture has 1 or 3 channels, the model 2; "
            + "see haze sample --help",
        "sample",
        file("model").toString(),
        "--out",
        file("a.png").toString());
    assertEquals(0, haze("info", file("model").toString()));
    assertTrue(out.toString().contains("attention   none"), out.toString());
    sampled("a.npy", "--count", "1");
  }

  @Test
  void infoDescribesAModel() throws IOException {
    Path model = model();
    assertEquals(0, haze("info", model.toString()));
    String expected =
        """
        model       UNet2DModel and DDPMScheduler
        images      8 x 8, 1 channel
        levels      2; channels 8, 16 from the finest on; 1 residual block each
        attention   down in level 2, middle, up in level 2, heads of 8 channels
        parameters  44,969, F32
        schedule    20 timesteps, linear, beta 0.005 to 0.5
        sampling    predicts epsilon, variance fixed_small, clips to +-1, spacing leading
        """;
    assertEquals(expected, out.toString().replace(System.lineSeparator(), "\n"));
    Files.createDirectory(model.resolve("training"));
    SafetensorsFile.write(
        model.resolve("training/state.safetensors"), Map.of("step", "1200"), Map.of());
    assertEquals(0, haze("info", model.toString()));
    assertEquals(
        expected + "training    step 1200\n", out.toString().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void anAverageOfAnotherLengthIsAModel() throws IOException {
    String run = file("run").toString();
    String model = file("model").toString();
    String options = "train --preset tiny --steps 3 --batch 2 --ema-snapshots 1 --out " + run;
    assertEquals(0, haze(options.split(" ")), err.toString());
    assertEquals(0, haze("average", run, "--length", "0.1", "--out", model), err.toString());
    String text = out.toString();
    assertTrue(
        text.contains(
            "average of length 0.1 at step 3, of 3 snapshots, its profile off by less than 0.01 %"),
        text);
    assertEquals(0, haze("info", model), err.toString());
    assertFails(
        1,
        "haze: model: is not empty, expected a new directory",
        "average",
        run,
        "--length",
        "0.2",
        "--out",
        model);
    assertFails(
        2,
        "haze: --length is 0.3, expected 0.001 to 0.28; see haze average --help",
        "average",
        run,
        "--length",
        "0.3",
        "--out",
        file("other").toString());
    assertFalse(Files.exists(file("other")));
  }

  @Test
  void anAverageThatTheSnapshotsDoNotGiveIsRefused() throws IOException {
    String run = file("run").toString();
    String model = file("model").toString();
    String options =
        "train --preset tiny --steps 4 --batch 2 --ema-snapshots 2 --no-samples --out ";
    assertEquals(0, haze((options + run).split(" ")), err.toString());
    assertFails(
        2,
        "haze: --length is 0.28, but its profile, made of 2 snapshots, is off by 96 %, more than"
            + " 10 %; the nearest length within that is 0.126, and more snapshots (haze train"
            + " --ema-snapshots) reach others; see haze average --help",
        "average",
        run,
        "--length",
        "0.28",
        "--out",
        model);
    assertFails(
        2,
        "haze: --length is 0.01, but its profile, made of 1 snapshot, is off by 61 %, more than"
            + " 50 %; the nearest length within that is 0.014, and more snapshots (haze train"
            + " --ema-snapshots) reach others; see haze average --help",
        "average",
        run,
        "--length",
        "0.01",
        "--step",
        "2",
        "--distance",
        "0.5",
        "--out",
        model);
    assertFails(
        2,
        "haze: --step is 3, which has no snapshot, and the profile is off by 140 %, more than 10 %;"
            + " the nearest snapshots are of steps 2 and 4; see haze average --help",
        "average",
        run,
        "--length",
        "0.1",
        "--step",
        "3",
        "--out",
        model);
    assertFails(
        2,
        "haze: --distance is NaN, expected at least 0; see haze average --help",
        "average",
        run,
        "--length",
        "0.1",
        "--distance",
        "NaN",
        "--out",
        model);
    assertFalse(Files.exists(file("model")));
    assertEquals(
        0,
        haze("average", run, "--length", "0.28", "--distance", "1", "--out", model),
        err.toString());
    assertTrue(
        out.toString()
            .startsWith("warning: this length needs more snapshots (haze train --ema-snapshots)"),
        out.toString());
    assertTrue(out.toString().contains("its profile off by 96 %"), out.toString());
  }

  @Test
  void theNetworkOfARunFollowsTheOptions() throws IOException {
    String run = file("run").toString();
    String options =
        "train --preset tiny --channels 16,16 --attention 28,14 --layers 2 --head-dim 4 --groups 4"
            + " --dropout 0.1 --steps 1 --batch 2 --sample-every 0 --out ";
    assertEquals(0, haze((options + run).split(" ")), err.toString());
    assertEquals(0, haze("info", run));
    String text = out.toString();
    assertTrue(
        text.contains("levels      2; channels 16, 16 from the finest on; 2 residual blocks each"),
        text);
    assertTrue(
        text.contains("down in level 1, 2, middle, up in level 1, 2, heads of 4 channels"), text);
    assertTrue(text.contains("switches    dropout 0.1"), text);
    assertFails(
        2,
        "haze: --resume takes --channels from the run: it cannot be changed; see haze train --help",
        "train",
        "--resume",
        "--channels",
        "8,16",
        "--out",
        run);
  }

  @Test
  void infoNamesTheSwitchesOfANetwork() throws IOException {
    UNetConfig rare =
        UNetConfig.builder(8, 1)
            .size(8, 12)
            .channels(8, 16)
            .down(BlockType.RESNET, BlockType.PLAIN)
            .set(UNetSwitch.DROPOUT, 0.1)
            .set(UNetSwitch.ACTIVATION, Activation.GELU)
            .build();
    PipelineGolden.untrained(rare, PipelineGolden.SHORT).save(file("model"));
    assertEquals(0, haze("info", file("model").toString()));
    String text = out.toString().replace(System.lineSeparator(), "\n");
    assertTrue(text.contains("images      12 x 8 (width x height), 1 channel\n"), text);
    assertTrue(
        text.contains(
            "switches    ResnetDownsampleBlock2D, ResnetUpsampleBlock2D, act_fn gelu, dropout"
                + " 0.1\n"),
        text);
  }

  @Test
  void infoDescribesARun() throws IOException {
    String run = file("run").toString();
    assertEquals(
        0,
        haze(
            ("train --preset tiny --steps 3 --batch 4 --seed 7 --sample-every 0 --loss min-snr"
                    + " --conditional --out "
                    + run)
                .split(" ")),
        err.toString());
    assertEquals(0, haze("info", run));
    assertTrue(
        out.toString()
            .replace(System.lineSeparator(), "\n")
            .matches(
                """
                (?s).*
                data        mnist train, 60,000 images
                objective   loss min-snr, gamma 5.0, timesteps uniform, a share of 0.1 without labels
                training    step 3 of 3, batch 4, seed 7
                steps       took 0:\\d\\d, mean loss of the last 3: \\d\\.\\d{4}
                """),
        out.toString());
  }

  @Test
  void infoDescribesAFileOfTensors() throws IOException {
    Path file = file("a.safetensors");
    SafetensorsFile.write(
        file,
        Map.of("format", "p\u001b[2Jt"),
        Map.of("b", Tensor.zeros(2, 3), "a.long\u202ename", Tensor.scalar(1)));
    assertEquals(0, haze("info", file.toString()));
    assertEquals(
        """
        a.long?name  F32     []
        b            F32     [2, 3]

        tensors     2
        elements    7
        data        28 bytes
        metadata    format = p?[2Jt
        """,
        out.toString().replace(System.lineSeparator(), "\n"));
    Files.writeString(file, "no");
    assertEquals(1, haze("info", file.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "sample --help",
        "info -h",
        "train --help",
        "--version",
        "sample --version"
      })
  void helpAndVersionGoToStandardOutput(String args) {
    assertEquals(0, haze(args.split(" ")));
    assertEquals("", err.toString());
    assertTrue(out.toString().length() > 20);
  }
}
