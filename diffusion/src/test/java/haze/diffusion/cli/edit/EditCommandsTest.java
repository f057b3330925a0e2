package haze.diffusion.cli.edit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.data.PixelScale;
import haze.diffusion.data.image.Levels;
import haze.diffusion.data.image.RecordedLevels;
import haze.diffusion.editing.MaskRegion;
import haze.diffusion.figure.Npy;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.WeightedSum;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `haze interpolate`, `inpaint`, `denoise` and `encode`, with an untrained model of images of 8 x
/// 8.
class EditCommandsTest extends CommandHarness {
  private static final int SIDE = 8;

  /// Steps so small that those of an untrained network have an inverse that is found.
  private static final SchedulerConfig LITTLE_NOISE = PipelineGolden.SHORT.withBetas(0.005, 0.02);

  @BeforeEach
  void modelAndPictures() throws IOException {
    save(PipelineGolden.SHORT);
    picture("a.png", (x, y) -> 3 * x + 20 * y);
    picture("b.png", (x, y) -> (x + y) % 2 * 255);
  }

  private void save(SchedulerConfig scheduler) throws IOException {
    PipelineGolden.untrained(PipelineGolden.TINY, scheduler).save(file("model"));
  }

  private void picture(String name, IntBinaryOperator level) throws IOException {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < SIDE * SIDE; i++) {
      picture.getRaster().setSample(i % SIDE, i / SIDE, 0, level.applyAsInt(i % SIDE, i / SIDE));
    }
    ImageIO.write(picture, "png", file(name).toFile());
  }

  /// Runs a line such as `encode model --image a.png`, in which files are those of the test's
  /// directory.
  private int run(String line) {
    List<String> args = new ArrayList<>();
    for (String word : line.strip().split(" +")) {
      args.add(
          word.equals("model") || word.matches(".*\\.[a-z]+(:\\d+)?")
              ? file(word).toString()
              : word);
    }
    return haze(args.toArray(String[]::new));
  }

  /// Runs a line that makes a file, and gives its tensors.
  private Map<String, Tensor> made(String line) throws IOException {
    assertEquals(0, run(line + " --out made.safetensors"), err.toString());
    assertEquals("", err.toString());
    Map<String, Tensor> made = new HashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(file("made.safetensors"))) {
      for (String name : file.entries().keySet()) {
        made.put(name, file.tensor(name));
      }
    }
    return made;
  }

  private void assertRefused(int code, String problem, String line) {
    assertEquals(code, run(line), err.toString());
    assertEquals(
        "haze: " + problem + "\n",
        err.toString()
            .replace(directory + "/", "")
            .replace(System.lineSeparator(), "\n")
            .replaceFirst("; see haze [a-z]+ --help\n", "\n"));
  }

  private static double furthest(Tensor a, Tensor b) {
    double furthest = 0;
    for (float difference : WeightedSum.of(1, a, -1, b).toArray()) {
      furthest = Math.max(furthest, Math.abs(difference));
    }
    return furthest;
  }

  @Test
  void withoutNoiseTheRowIsTheStraightLineBetweenThePictures() throws IOException {
    Map<String, Tensor> made = made("interpolate model --from a.png --to b.png --count 3 --t 0");
    Tensor row = made.get("images");
    assertEquals(Shape.of(3, SIDE, SIDE, 1), row.shape());
    assertArrayEquals(made.get("from").toArray(), row.slice(0, 1).toArray(), 1e-6f);
    assertArrayEquals(made.get("to").toArray(), row.slice(2, 1).toArray(), 1e-6f);
    assertArrayEquals(
        WeightedSum.of(0.5, made.get("from"), 0.5, made.get("to")).toArray(),
        row.slice(1, 1).toArray(),
        1e-6f);
    assertEquals(3 / 127.5f - 1, made.get("from").get(0, 0, 1, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--t 20", "--by encoding", "--by encoding --sampler euler"})
  void aRowFromAPictureToItselfStaysWhereItIs(String options) throws IOException {
    Tensor row =
        made("interpolate model --from a.png --to a.png --count 4 " + options).get("images");
    for (int i = 1; i < 4; i++) {
      assertEquals(0, furthest(row.slice(0, 1), row.slice(i, 1)), 1e-3, "picture " + i);
    }
  }

  /// A network that sees no noise anywhere gives back what it was given, at full strength: the
  /// noise is still there, the same in both.
  @Test
  void bothPicturesGetTheSameNoise() throws IOException {
    SchedulerConfig scheduler = PipelineGolden.SHORT.withBetas(1e-5, 1e-4);
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, scheduler);
    pipeline.unet().parameters().get("conv_out.weight").value().fill(0);
    pipeline.unet().parameters().get("conv_out.bias").value().fill(0);
    pipeline.save(file("model"));
    picture("a.png", (x, y) -> 60 + 3 * x + 5 * y);
    picture("b.png", (x, y) -> 200 - 7 * x);
    Map<String, Tensor> made = made("interpolate model --from a.png --to b.png --t 20 --count 3");
    Tensor row = made.get("images");
    Tensor noise = WeightedSum.of(1, row.slice(0, 1), -1, made.get("from"));
    double variance = 1 - scheduler.schedule().alphaBar(20);
    assertEquals(1, noise.times(noise).mean().item() / variance, 0.5);
    assertEquals(0, furthest(noise, WeightedSum.of(1, row.slice(2, 1), -1, made.get("to"))), 1e-5);
    assertEquals(
        0,
        furthest(row.slice(1, 1), WeightedSum.of(0.5, row.slice(0, 1), 0.5, row.slice(2, 1))),
        1e-5);
  }

  @Test
  void aRowByEncodingEndsAtThePictures() throws IOException {
    save(LITTLE_NOISE);
    Map<String, Tensor> made =
        made("interpolate model --from a.png --to b.png --by encoding --rounds 8");
    Tensor row = made.get("images");
    assertEquals(10, row.dim(0));
    assertEquals(0, furthest(made.get("from"), row.slice(0, 1)), 0.02);
    assertEquals(0, furthest(made.get("to"), row.slice(9, 1)), 0.02);
    assertTrue(furthest(row.slice(4, 1), row.slice(5, 1)) > 0.02);
  }

  @Test
  void theRowStandsBetweenTheGivenPictures() throws IOException {
    assertEquals(0, run("interpolate model --from a.png --to b.png --count 3 --out row.png"));
    BufferedImage picture = ImageIO.read(file("row.png").toFile());
    assertEquals(2 + 5 * 114 + 2 * 10, picture.getWidth());
    assertEquals(2 + 114, picture.getHeight());
    assertTrue(
        out.toString().endsWith("wrote " + file("row.png") + System.lineSeparator()),
        out.toString());
    // Pixels of a.png at the left, each a square of 14, and of b.png at the right.
    assertEquals(3 * 3 + 20 * 2, picture.getRaster().getSample(2 + 3 * 14, 2 + 2 * 14, 0));
    int last = picture.getWidth() - 114;
    assertEquals(0, picture.getRaster().getSample(last, 2, 0));
    assertEquals(255, picture.getRaster().getSample(last + 14, 2, 0));
  }

  @Test
  void whatIsKnownStaysExactlyAsItIs() throws IOException {
    Map<String, Tensor> made =
        made("inpaint model --image a.png --hole 2,1,5,8 --count 3 --rounds 2");
    Tensor original = made.get("original");
    Set<Float> filled = new HashSet<>();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        boolean hole = x >= 2 && x < 5 && y >= 1;
        assertEquals(hole ? 0 : original.get(0, y, x, 0), made.get("masked").get(0, y, x, 0), 0.0);
        for (int i = 0; i < 3; i++) {
          float pixel = made.get("images").get(i, y, x, 0);
          assertEquals(!hole, pixel == original.get(0, y, x, 0), x + ", " + y);
          if (hole && y == 4 && x == 3) {
            filled.add(pixel);
          }
        }
      }
    }
    assertEquals(3, filled.size());
  }

  @Test
  void aMaskIsWhiteWhereTheHoleIs() throws IOException {
    picture("mask.png", (x, y) -> y >= SIDE / 2 ? 255 : 0);
    Tensor byMask =
        made("inpaint model --image a.png --mask mask.png --count 2 --rounds 1").get("images");
    for (String hole : List.of("lower-half", "LOWER-HALF", "0,4,8,8")) {
      assertArrayEquals(
          byMask.toArray(),
          made("inpaint model --image a.png --hole " + hole + " --count 2 --rounds 1")
              .get("images")
              .toArray(),
          hole);
    }
    assertFalse(
        Arrays.equals(
            byMask.toArray(),
            made("inpaint model --image a.png --hole upper-half --count 2 --rounds 1")
                .get("images")
                .toArray()));
  }

  @ParameterizedTest
  @CsvSource({
    "upper-half, 0, 0, 8, 3",
    "lower-half, 0, 3, 8, 6",
    "left-half, 0, 0, 4, 6",
    "right-half, 4, 0, 8, 6",
    "middle, 2, 1, 6, 5"
  })
  void holesHaveNames(String name, int left, int top, int right, int bottom) {
    assertEquals(
        new MaskRegion.Rectangle(left, top, right, bottom),
        assertInstanceOf(MaskRegion.Named.class, MaskRegion.parse(name)).within(6, 8));
  }

  @Test
  void moreRoundsAreAnotherPicture() throws IOException {
    String line = "inpaint model --image a.png --hole middle --count 1 --rounds ";
    assertNotEquals(0, furthest(made(line + 1).get("images"), made(line + 2).get("images")));
  }

  @Test
  void withoutNoiseAPictureStaysAsItIs() throws IOException {
    Map<String, Tensor> made = made("denoise model --image a.png --t 0 --count 2");
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(made.get("original").toArray(), made.get("images").slice(i, 1).toArray());
    }
  }

  private static Tensor repeated(Tensor image, int count) {
    Tensor images = Tensor.zeros(image.shape().with(0, count).dims());
    for (int i = 0; i < count; i++) {
      images.slice(i, 1).copyFrom(image);
    }
    return images;
  }

  @Test
  void thePictureGetsTheNoiseOfTheTimestep() throws IOException {
    Map<String, Tensor> made =
        made("denoise model --image a.png --t 12 --count 100 --sampler ddim");
    double alphaBar = PipelineGolden.SHORT.schedule().alphaBar(12);
    Tensor noise =
        WeightedSum.of(
            1 / Math.sqrt(1 - alphaBar),
            made.get("noisy"),
            -Math.sqrt(alphaBar / (1 - alphaBar)),
            repeated(made.get("original"), 100));
    assertEquals(0, noise.mean().item(), 0.05);
    assertEquals(1, noise.times(noise).mean().item(), 0.05);
    assertTrue(out.toString().startsWith("timestep 12 of 20: "), out.toString());
    assertTrue(out.toString().contains(", steps back: 12"), out.toString());
    // Each with noise of its own.
    assertTrue(furthest(made.get("noisy").slice(0, 1), made.get("noisy").slice(1, 1)) > 0.5);
  }

  @Test
  void aNoisyPictureIsTakenAsItIsButForItsStrength() throws IOException {
    Map<String, Tensor> made = made("denoise model --image a.png --t 12 --count 2 --noisy");
    double alphaBar = PipelineGolden.SHORT.schedule().alphaBar(12);
    for (int i = 0; i < 2; i++) {
      assertEquals(
          0,
          furthest(
              made.get("original").times((float) Math.sqrt(alphaBar)),
              made.get("noisy").slice(i, 1)),
          1e-6);
    }
    assertTrue(
        out.toString()
            .contains(
                String.format(
                    Locale.ROOT, "noise of standard deviation %.3f", Math.sqrt(1 / alphaBar - 1))),
        out.toString());
    assertTrue(furthest(made.get("images").slice(0, 1), made.get("images").slice(1, 1)) > 0);
  }

  @Test
  void anEncodingLeadsBackToThePicture() throws IOException {
    save(LITTLE_NOISE);
    double one = reconstruction("--rounds 1");
    double many = reconstruction("--rounds 8");
    assertTrue(many < one / 5, one + " and " + many);
    assertEquals(0, many, 1e-3);
    Map<String, Tensor> made = made("encode model --image a.png --image b.png --rounds 8");
    for (String name : List.of("original", "encoding", "reconstruction")) {
      assertEquals(Shape.of(2, SIDE, SIDE, 1), made.get(name).shape());
    }
    assertEquals(0, furthest(made.get("original"), made.get("reconstruction")), 0.01);
  }

  /// The mean absolute error that the command prints, which must be the truth.
  private double reconstruction(String options) throws IOException {
    Map<String, Tensor> made = made("encode model --image a.png --image b.png " + options);
    Matcher said =
        Pattern.compile(
                "mean (\\S+), standard deviation (\\S+) .*\\R"
                    + "reconstruction  mean absolute error (\\S+),")
            .matcher(out.toString());
    assertTrue(said.find(), out.toString());
    double error = 0;
    for (float difference :
        WeightedSum.of(1, made.get("original"), -1, made.get("reconstruction")).toArray()) {
      error += Math.abs(difference) / (2 * SIDE * SIDE);
    }
    assertEquals(error, Double.parseDouble(said.group(3)), 1e-5);
    Tensor encoding = made.get("encoding");
    double mean = encoding.mean().item();
    assertEquals(mean, Double.parseDouble(said.group(1)), 1e-4);
    assertEquals(
        Math.sqrt(encoding.times(encoding).mean().item() - mean * mean),
        Double.parseDouble(said.group(2)),
        1e-3);
    return error;
  }

  @Test
  void anArrayForNumPyHoldsWhatWasAskedFor() throws IOException {
    Tensor encoding = made("encode model --image a.png").get("encoding");
    assertEquals(0, run("encode model --image a.png --out made.npy"));
    Npy.write(encoding, file("expected.npy"));
    assertArrayEquals(
        Files.readAllBytes(file("expected.npy")), Files.readAllBytes(file("made.npy")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "interpolate model --from a.png --to b.png",
        "interpolate model --from a.png --to b.png --by encoding",
        "inpaint model --image a.png --hole middle --rounds 2 --count 20",
        "denoise model --image a.png --t 10 --count 20",
        "encode model --image a.png --image b.png"
      })
  void theSeedDecidesAndNotTheThreads(String line) throws IOException {
    assertEquals(0, run(line + " --seed 3 --threads 1 --out one.safetensors"));
    assertEquals(0, run(line + " --seed 3 --threads 3 --out three.safetensors"));
    byte[] one = Files.readAllBytes(file("one.safetensors"));
    assertArrayEquals(one, Files.readAllBytes(file("three.safetensors")));
    assertEquals(0, run(line + " --seed 4 --out other.safetensors"));
    assertFalse(Arrays.equals(one, Files.readAllBytes(file("other.safetensors"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "interpolate model --from a.png --to b.png --t 500",
        "interpolate model --from a.png --to b.png --by encoding",
        "inpaint model --image a.png --hole middle --rounds 2 --count 2",
        "denoise model --image a.png --t 500 --count 2",
        "encode model --image a.png"
      })
  void aModelForFlowMatchingHasTheSameUses(String line) throws IOException {
    save(SchedulerConfig.of(SamplerKind.FLOW));
    assertEquals(0, run(line + " --steps 4 --out made.png"), err.toString());
    if (line.contains("--t 500")) {
      assertTrue(
          out.toString().matches("(?s)timestep 6\\d\\d of 1000: 0.3.* image [+] 0.6.*"),
          out.toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          interpolate model --from a.png              | Missing required option: '--to=IMAGE'
          interpolate model --from a.png --to b.png --count 1 | --count is 1, expected at least 2
          interpolate model --from a.png --to b.png --t 21 | --t is 21, expected 0 to 20
          interpolate model --from a.png --to b.png --t -1 | --t is -1, expected 0 to 20
          interpolate model --from a.png --to b.png --t 5 --by encoding | --t is for --by noise, an encoding goes all of the way
          interpolate model --from a.png --to b.png --rounds 5 | --rounds is for --by encoding
          interpolate model --from a.png --to b.png --by encoding --sampler ddpm | --sampler is ddpm, but only the steps of ddim, euler and flow lead back to an encoding
          interpolate model --from a.png --to b.png --by magic | --by is magic, expected one of noise, encoding
          encode model --image a.png --sampler heun    | --sampler is heun, but only the steps of ddim, euler and flow lead back to an encoding
          encode model --image a.png --sampler ddim --eta 0.5 | --eta is 0.5, but an encoding needs steps without fresh noise
          encode model --image a.png --rounds 0        | --rounds is 0, expected at least 1
          encode model --image a.png --sampler flow    | the model's scheduler is DDPMScheduler, it cannot be sampled with FlowMatchEulerDiscreteScheduler: models for flow matching need that one, other models another
          encode model                                 | Missing required option: '--image=IMAGE'
          encode model --image a.png --steps 21        | --steps is 21, but the model was trained on 20 timesteps
          encode model --image a.png --threads 0       | --threads is 0, expected 1 to 1024
          denoise model --image a.png                  | Missing required option: '--t=N'
          denoise model --image a.png --t 21           | --t is 21, expected 0 to 20
          denoise model --image a.png --t -1           | --t is -1, expected at least 0
          denoise model --image a.png --t 1 --count 0  | --count is 0, expected at least 1
          inpaint model --image a.png --hole middle --rounds 0 | --rounds is 0, expected at least 1
          inpaint model --image a.png --hole middle --count 0 | --count is 0, expected at least 1
          inpaint model --image a.png                  | Missing required argument (specify one of these): (--mask=IMAGE | --hole=AREA)
          inpaint model --image a.png --hole 1,1,9,2   | --hole is 1,1,9,2, but the image is 8 x 8
          inpaint model --image a.png --hole 5,5,5,6   | --hole is 5,5,5,6, expected left,top,right,bottom in pixels, right and bottom just outside; or one of upper-half, lower-half, left-half, right-half, middle
          inpaint model --image a.png --hole corner    | --hole is corner, expected left,top,right,bottom in pixels, right and bottom just outside; or one of upper-half, lower-half, left-half, right-half, middle
          inpaint model --image a.png --hole middle --out x.gif | --out is x.gif, expected a name that ends in .png, .npy or .safetensors
          inpaint model --image a.png --hole middle --out x.png --count 2000000 | --out is x.png, but 2000002 images are too many for a picture
          """)
  void wrongUsageIsOneLineAndExitCodeTwo(String line, String problem) {
    assertEquals(2, run(line));
    assertTrue(
        err.toString().replace(directory + "/", "").startsWith("haze: " + problem), err.toString());
    assertTrue(
        err.toString().strip().lines().count() == 1
            && err.toString().contains("; see haze " + line.substring(0, line.indexOf(' '))),
        err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void aGivenPictureThatDoesNotFitIsNamed() throws IOException {
    assertRefused(
        1,
        "test:0: is 28 x 28, expected 8 x 8 as the model makes them; --fit scales it",
        "encode model --image test:0");
    assertRefused(
        1,
        "no.png: no such file; an image is mnist:N, test:N, FILE:N,"
            + " or a PNG, JPEG, GIF, BMP or TIFF file",
        "denoise model --image no.png --t 3");
    Files.writeString(file("bad.png"), "no picture");
    assertRefused(
        1,
        "bad.png: is no image file; an image is mnist:N, test:N, FILE:N,"
            + " or a PNG, JPEG, GIF, BMP or TIFF file",
        "inpaint model --image a.png --mask bad.png");
    assertEquals(
        Shape.of(1, SIDE, SIDE, 1),
        made("encode model --image test:0 --fit").get("original").shape());
  }

  /// An ink ramp of a printer, a turned photograph, and a transparent image, as Pillow shows them.
  @ParameterizedTest
  @CsvSource({
    "cmyk-adobe.jpg, 12, 20, rgb, ''",
    "exif6.jpg, 24, 10, rgb, ''",
    "rgb8-exif6.png, 17, 11, rgb, ''",
    "rgb-icc-420.jpg, 14, 22, rgb, ''",
    "rgba8.png, 11, 17, over_white, ''",
    "rgba8.png, 11, 17, over_black, --background black",
    "palette8-trns.png, 11, 17, over_black, --background #000000"
  })
  void anImageFileIsTakenByItsLevels(
      String name, int height, int width, String recorded, String options) throws IOException {
    Files.copy(Path.of("src/test/resources/golden/images", name), file(name));
    byte[] levels = RecordedLevels.bytes("expected.safetensors").get(name + "/" + recorded);
    byte[] fitted =
        new Levels(Shape.of(height, width, 3), levels).fit(SIDE, SIDE).channels(1).bytes();
    Tensor original =
        made("encode model --steps 2 --fit --image " + name + " " + options).get("original");
    for (int i = 0; i < fitted.length; i++) {
      assertEquals(PixelScale.value(Byte.toUnsignedInt(fitted[i])), original.data()[i]);
    }
  }

  @Test
  void aTransparentMaskIsRefusedWithAHint() throws IOException {
    Files.copy(Path.of("src/test/resources/golden/images/rgba8.png"), file("m.png"));
    assertRefused(
        1,
        "m.png: is transparent in row 0, expected opaque pixels; a mask is white where it is"
            + " filled: flatten it, on black to keep what is transparent",
        "inpaint model --fit --image a.png --mask m.png");
    assertEquals(2, run("encode model --image a.png --background grey"));
    assertTrue(
        err.toString().contains("--background is grey, expected black, white or #rrggbb"),
        err.toString());
  }

  @Test
  void damagedWeightsAreNamedAndNothingIsWritten() throws IOException {
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    pipeline.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    pipeline.save(file("model"));
    for (String line :
        List.of(
            "encode model --image a.png",
            "denoise model --image a.png --t 3",
            "inpaint model --image a.png --hole middle")) {
      assertEquals(1, run(line + " --out made.png"));
      assertTrue(err.toString().contains("its weights are damaged"), err.toString());
      assertFalse(Files.exists(file("made.png")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpolate", "inpaint", "denoise", "encode"})
  void helpExplains(String command) {
    assertEquals(0, run(command + " --help"));
    assertTrue(
        out.toString()
            .replaceAll("\\s+", " ")
            .contains("mnist:N, test:N, FILE:N, or a PNG, JPEG, GIF, BMP or TIFF file"),
        out.toString());
  }
}
