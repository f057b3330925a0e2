package haze.diffusion.cli.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.StoredBound;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `haze evaluate` of what a training leaves: the run, the best model in it, an average.
class EvaluateTrainedTest extends CommandHarness {
  private static final String NOTE =
      ": images are cropped, scaled or converted to those of the network, 8 x 8 in ";

  private Path run;

  @BeforeEach
  void train() throws IOException {
    run = file("run");
    images("own", 12, 8, 8, BufferedImage.TYPE_BYTE_GRAY);
    run(
        "train --preset tiny --data own --held-out 3 --steps 4 --batch 2 --no-samples"
            + " --validate-every 2 --ema-snapshots 1 --threads 1 --out run");
  }

  /// Runs a command, in which files are named without the directory, and expects that it succeeds.
  private void run(String command) {
    List<String> args = new ArrayList<>();
    for (String word : command.split(" +")) {
      boolean isFile = word.matches("own|run(/best)?|mean|alone|others|copy");
      args.add(isFile ? file(word).toString() : word);
    }
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
  }

  private void images(String folder, int count, int width, int height, int type)
      throws IOException {
    Files.createDirectories(file(folder));
    for (int i = 0; i < count; i++) {
      BufferedImage image = new BufferedImage(width, height, type);
      for (int x = 0; x < width; x++) {
        image.setRGB(x, (x + i) % height, 0xffffff - 0x10 * i);
      }
      ImageIO.write(image, "png", file(folder).resolve(10 + i + ".png").toFile());
    }
  }

  private static StoredBound bound(Path model) throws IOException {
    return BoundFiles.of(model).read();
  }

  @Test
  void theBestModelIsMeasuredOnTheImagesOfItsRun() throws IOException {
    run("evaluate run/best --timesteps 3");
    assertEquals(file("own") + ", held out", bound(run.resolve("best")).data());
    assertEquals(4, bound(run.resolve("best")).images());
    run("evaluate run/best --timesteps 3 --data train");
    assertEquals(8, bound(run.resolve("best")).images());
  }

  @Test
  void anAverageIsMeasuredOnTheImagesOfItsRunWhereverItIs() throws IOException {
    run("average run --length 0.1 --out mean");
    assertTrue(Files.readString(file("mean/data.json")).contains("\"held_out\": 3"));
    assertFalse(Files.exists(file("mean/training")));
    Path moved = Files.move(file("mean"), file("alone"));
    run("evaluate alone --timesteps 3");
    assertEquals(file("own") + ", held out", bound(moved).data());
    assertEquals(4, bound(moved).images());

    Files.move(file("own"), file("gone"));
    assertFails(
        1,
        "haze: alone: learned from own, which is not there; --data says where it is now",
        "evaluate",
        moved.toString());
    Files.writeString(moved.resolve("data.json"), "{\"held_out\": \"many\"}");
    assertEquals(1, haze("evaluate", moved.toString()));
    assertTrue(err.toString().contains("data.json: held_out is \"many\""), err.toString());
  }

  @Test
  void aModelThatDoesNotSayWhatItLearnedFromNeedsToBeGivenImages() throws IOException {
    Path copy = Files.move(run.resolve("best"), file("copy"));
    assertFails(
        2,
        "haze: copy does not say what it learned from, and its images are not MNIST's:"
            + " --data PATH says which to measure with; see haze evaluate --help",
        "evaluate",
        copy.toString());
    run("evaluate copy --timesteps 3 --data own");
    assertEquals(12, bound(copy).images());
    assertFalse(out.toString().contains(NOTE), out.toString());
  }

  @Test
  void imagesOfOtherSizesAndColoursAreThoseOfTheNetworkAndThatIsSaid() throws IOException {
    images("others", 3, 14, 13, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(
        new BufferedImage(30, 20, BufferedImage.TYPE_BYTE_GRAY),
        "png",
        file("others/last.png").toFile());
    run("evaluate run --timesteps 3 --data others");
    assertTrue(out.toString().contains(file("others") + NOTE + "grey\n"), out.toString());
    assertEquals(4, bound(run).images());
    assertEquals(64, bound(run).dimensions());
    run("evaluate run --timesteps 3");
    assertFalse(out.toString().contains(NOTE), out.toString());
  }
}
