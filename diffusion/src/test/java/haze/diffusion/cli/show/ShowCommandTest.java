package haze.diffusion.cli.show;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.ClassNames;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShowCommandTest extends CommandHarness {
  private String model(SchedulerConfig scheduler) throws IOException {
    PipelineGolden.untrained(PipelineGolden.TINY, scheduler).save(file("model"));
    return file("model").toString();
  }

  /// Runs a command that succeeds, and gives the picture's file.
  private byte[] shown(String... args) throws IOException {
    List<String> all = new ArrayList<>(List.of("show"));
    all.addAll(Arrays.asList(args));
    all.addAll(List.of("--out", file("picture.png").toString()));
    assertEquals(0, haze(all.toArray(String[]::new)), err.toString());
    assertEquals("", err.toString());
    assertTrue(
        out.toString().endsWith("wrote " + file("picture.png") + System.lineSeparator()),
        out.toString());
    return Files.readAllBytes(file("picture.png"));
  }

  @Test
  void theSchedulesAreDrawnWithAndWithoutAModel() throws IOException {
    byte[] without = shown("schedule");
    BufferedImage picture = ImageIO.read(file("picture.png").toFile());
    assertEquals(1200, picture.getWidth());
    assertEquals(1170, picture.getHeight());
    byte[] with =
        shown("schedule", model(SchedulerConfig.DDPM.withBetaSchedule(BetaSchedule.SCALED_LINEAR)));
    assertFalse(Arrays.equals(without, with));
  }

  @Test
  void aPictureBecomesNoise() throws IOException {
    byte[] first = shown("forward", "--seed", "1", "--index", "3");
    assertTrue(
        out.toString().contains("At t = 1000 the pixels pass for pure noise"), out.toString());
    assertArrayEquals(first, shown("forward", "--seed", "1", "--index", "3"));
    assertFalse(Arrays.equals(first, shown("forward", "--seed", "2", "--index", "3")));
    assertFalse(Arrays.equals(first, shown("forward", "--seed", "1", "--index", "4")));
    String run = model(PipelineGolden.SHORT);
    byte[] digit = shown("forward", run);
    Path images = file("images.idx");
    Files.write(
        images, ByteBuffer.allocate(416).putInt(0x0803).putInt(1).putInt(20).putInt(20).array());
    Files.createDirectories(file("model/training"));
    Files.writeString(file("model/training/config.json"), "{\"data\": \"" + images + "\"}");
    byte[] own = shown("forward", run);
    assertFalse(Arrays.equals(digit, own), "an image that the run learned from");
    assertArrayEquals(own, shown("forward", run, "--data", images.toString()));
    assertTrue(out.toString().contains("At t = 20 "), out.toString());
  }

  @Test
  void picturesComeOutOfNoiseWhateverTheThreads() throws IOException {
    String model = model(PipelineGolden.SHORT);
    byte[] one = shown("reverse", model, "--count", "3", "--threads", "1", "--seed", "5");
    assertArrayEquals(
        one, shown("reverse", model, "--count", "3", "--threads", "2", "--seed", "5"));
    assertFalse(Arrays.equals(one, shown("reverse", model, "--count", "3")));
    shown("reverse", model, "--sampler", "dpmsolver++", "--steps", "5");
  }

  @Test
  void picturesAreOfTheClassThatIsAskedFor() throws IOException {
    PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(4)), PipelineGolden.SHORT)
        .save(file("model"));
    String model = file("model").toString();
    byte[] turns = shown("reverse", model, "--count", "2");
    assertArrayEquals(turns, shown("reverse", model, "--count", "2", "--class", "0,1"));
    assertFalse(Arrays.equals(turns, shown("reverse", model, "--count", "2", "--class", "0,2")));
    assertFails(
        2,
        "haze: --class is 3, expected 0 to 2; see haze show reverse --help",
        "show",
        "reverse",
        model,
        "--class",
        "3",
        "--out",
        file("b.png").toString());
  }

  @Test
  void flowMatchingIsShownBySharesOfNoiseAndHasNoSchedule() throws IOException {
    String model = model(SchedulerConfig.of(SamplerKind.FLOW));
    shown("reverse", model, "--steps", "5", "--count", "1");
    for (String picture : List.of("schedule", "forward")) {
      assertFails(
          1,
          "haze: model: was trained for flow matching, which has no noise schedule",
          "show",
          picture,
          model,
          "--out",
          file("b.png").toString());
    }
  }

  @Test
  void theChainIsExplained() throws IOException {
    byte[] picture = shown("chain", "--days", "2000");
    assertTrue(out.toString().contains("Observed on 2000 simulated days:"), out.toString());
    String text = out.toString();
    assertArrayEquals(
        picture,
        shown("chain", "--days", "2000", "--seed", "1"),
        "the distributions do not depend on the seed");
    assertFalse(text.equals(out.toString()));
  }

  @Test
  void theTinyNetworksAreTrainedAndDrawn() throws IOException {
    shown("tiny", "--seed", "1");
    assertTrue(out.toString().contains("Swiss roll    DDIM "), out.toString());
  }

  @Test
  void aTrainingIsDrawn() throws IOException {
    Files.writeString(
        file("metrics.csv"),
        """
        step,loss,gradient_norm,learning_rate,ms
        1,0.9,4,1e-5,10
        2,0.1,2,2e-5,10
        """);
    shown("training", directory.toString());
    assertEquals(1200, ImageIO.read(file("picture.png").toFile()).getHeight());
    Files.writeString(file("metrics.csv"), "");
    assertFails(
        1,
        "haze: metrics.csv: has no header, expected step,loss,gradient_norm,learning_rate",
        "show",
        "training",
        directory.toString(),
        "--out",
        file("b.png").toString());
    Files.delete(file("metrics.csv"));
    assertFails(
        1,
        "haze: metrics.csv: no such file or directory",
        "show",
        "training",
        directory.toString(),
        "--out",
        file("b.png").toString());
  }

  /// Two rows: the second one ends early, in white.
  @Test
  void theClustersOfAModelAreDrawnInTheOrderOfTheirNumbers() throws IOException {
    Pipeline plain =
        PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(13)), PipelineGolden.SHORT);
    Tensor images = Tensor.zeros(120, 8, 8, 1);
    for (int i = 0; i < 120; i++) {
      // Grey levels of their own; the last ten images are alike.
      images.at(i).copyFrom(Tensor.full(Math.min(i / 10, 11) / 6f - 1, 8, 8, 1));
    }
    ImageClusters clusters;
    try (Workers workers = new Workers(1)) {
      clusters = ImageClusters.of(ImageDataset.of(images), 12, 1, workers);
    }
    new Pipeline(plain.unet(), plain.scheduler(), ClassNames.NONE, Optional.of(clusters))
        .save(file("clustered"));
    shown("clusters", file("clustered").toString());
    assertTrue(
        out.toString()
            .startsWith(
                String.format(
                    "clusters: 12, which k-means found; 8.33 to 8.33 %% of the images"
                        + " each%nlargest: 0 (8.3 %%), 1 (8.3 %%),")),
        out.toString());
    BufferedImage picture = ImageIO.read(file("picture.png").toFile());
    int cell = (picture.getWidth() - 60) / 10;
    for (int k = 0; k < 12; k++) {
      float value = clusters.centroids().get(k, 4, 4, 0);
      int x = picture.getWidth() - (10 - k % 10) * cell + cell / 2;
      int y = picture.getHeight() - (2 - k / 10) * cell + cell / 2;
      assertEquals((value + 1) * 127.5, picture.getRaster().getSample(x, y, 0), 2, "cluster " + k);
    }
    assertFails(
        1,
        "haze: model: has no clusters: haze train --clusters finds some",
        "show",
        "clusters",
        model(PipelineGolden.SHORT));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|show what? tiny, schedule, forward, reverse, chain, clusters, training, bound; see haze"
            + " show --help",
        "schedule --out a.npy|--out is a.npy, expected a name that ends in .png; see haze show"
            + " schedule --help",
        "schedule a b|there is no argument 'b'; see haze show schedule --help",
        "forward --index -1|--index is -1, expected 0 to 59999; see haze show forward --help",
        "forward --index 60000|--index is 60000, expected 0 to 59999; see haze show forward --help",
        "chain --days 0|--days is 0, expected 1 to 10000000; see haze show chain --help",
        "reverse a --count 65|--count is 65, expected 1 to 64; see haze show reverse --help",
        "reverse a --steps 0|--steps is 0, expected at least 1; see haze show reverse --help",
        "training|Missing required parameter: 'DIRECTORY'; see haze show training --help"
      })
  void wrongUsageIsOneLine(String args, String problem) {
    assertFails(2, "haze: " + problem, ("show " + args).strip().split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "schedule, nowhere",
    "forward, nowhere",
    "reverse, nowhere",
    "training, nowhere",
    "clusters, nowhere"
  })
  void aMissingModelIsOneLine(String picture, String model) {
    assertEquals(
        1, haze("show", picture, file(model).toString(), "--out", file("b.png").toString()));
    assertEquals(1, err.toString().lines().count(), err.toString());
    assertTrue(err.toString().contains("nowhere"), err.toString());
    assertFalse(Files.exists(file("b.png")));
  }

  @Test
  void aPlaceThatCannotBeWrittenIsFoundBeforeTheWork() throws IOException {
    Files.writeString(file("no"), "a file");
    assertFails(
        1,
        "haze: no/a.png: no is no directory",
        "show",
        "chain",
        "--out",
        file("no").resolve("a.png").toString());
  }

  @Test
  void theHelpSaysWhereThePictureGoes() {
    assertEquals(0, haze("show", "chain", "--help"));
    assertTrue(out.toString().contains("chain.png here, or chain-2.png"), out.toString());
  }

  @Test
  void damagedWeightsAreNamedAndNothingIsDrawn() throws IOException {
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    pipeline.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    pipeline.save(file("model"));
    assertEquals(
        1,
        haze(
            "show",
            "reverse",
            file("model").toString(),
            "--out",
            file("a.png").toString(),
            "--count",
            "1"));
    assertTrue(err.toString().contains("its weights are damaged"), err.toString());
    assertFalse(Files.exists(file("a.png")));
  }
}
