package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.OutputFormat;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `haze sample` draws and writes.
class SampleCommandTest extends SampleHarness {
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
          --class 1           | --class is for a model that was trained with labels (haze train --conditional) or clusters
          --guidance 2        | --guidance is for a model that was trained with labels (haze train --conditional) or clusters
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
  void missingDirectoriesAboveAFileAreMade() throws IOException {
    model();
    sampled("a/b/c.png", "--count", "1", "--steps", "1");
    assertTrue(Files.exists(file("a/b/c.png")));
    String chain = file("d/chain.png").toString();
    assertEquals(0, haze("show", "chain", "--days", "10", "--out", chain), err.toString());
    assertTrue(Files.exists(file("d/chain.png")));
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
}
