package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.ChildJvm;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DistillCommandTest extends CommandHarness {
  private String run = "";
  private String model = "";

  /// A run that has learned next to nothing.
  @BeforeEach
  void train() throws IOException {
    run = file("run").toString();
    model = file("model").toString();
    List<String> command = new ArrayList<>(List.of("train", "--preset", "tiny", "--conditional"));
    command.addAll(List.of("--prediction", "v", "--steps", "2", "--batch", "4", "--no-samples"));
    command.addAll(List.of("--data", BarsFixture.images(file("a.idx"), 40).toString()));
    command.addAll(List.of("--labels", BarsFixture.labels(file("b.idx"), 40).toString()));
    command.addAll(List.of("--out", run));
    assertEquals(0, haze(command.toArray(String[]::new)), err.toString());
  }

  private byte[] samples(String directory, String... options) throws IOException {
    Path file = file("samples.npy");
    List<String> command = new ArrayList<>(List.of("sample", directory, "--count", "3"));
    command.addAll(List.of("--json", "--out", file.toString()));
    command.addAll(List.of(options));
    assertEquals(0, haze(command.toArray(String[]::new)), err.toString());
    return Files.readAllBytes(file);
  }

  @Test
  void theModelDrawsInItsStepsAndIsNotGuidedAgain() throws IOException {
    String options = " --evaluations 4 --guidance 2 --steps 2 --batch 4 --out ";
    assertEquals(0, haze(("distill " + run + options + model).split(" ")), err.toString());
    assertTrue(out.toString().contains("step 2/2"), out.toString());
    assertTrue(out.toString().contains("haze sample "), out.toString());
    byte[] usual = samples(model);
    assertTrue(out.toString().contains("\"sampler\":\"ddim\",\"steps\":4"), out.toString());
    assertArrayEquals(samples(model, "--guidance", "1", "--steps", "4"), usual);
    assertFalse(Arrays.equals(samples(model, "--guidance", "2"), usual));
    assertEquals(0, haze("info", model));
    assertTrue(out.toString().contains(", by default in 4 steps, guidance 1"), out.toString());
    String made = Files.readString(Path.of(model, "distillation.json"));
    assertTrue(
        made.contains("\"guidance\": 2.0")
            && made.contains("\"teacher_steps\": 8")
            && made.contains("\"teacher\": "),
        made);
    // What it learned from is known: bars, not MNIST.
    String bound = "evaluate " + model + " --images 2 --timesteps 2";
    assertEquals(0, haze(bound.split(" ")), err.toString());
    assertTrue(out.toString().contains("warning: the model was made to be drawn in few steps"));
    samples(model, "--steps", "5");
    assertTrue(
        out.toString().contains("the model was made to be drawn in 4 steps, not in 5"),
        out.toString());
  }

  @Test
  void aRunFromItIsSampledAsAnyOther() throws IOException {
    String options = " --steps 1 --batch 4 --out ";
    assertEquals(0, haze(("distill " + run + options + model).split(" ")), err.toString());
    String tuned = file("tuned").toString();
    String train =
        "train --from " + model + " --data " + file("a.idx") + " --labels " + file("b.idx");
    assertEquals(
        0,
        haze(
            (train + " --preset tiny --steps 1 --batch 4 --no-samples --conditional --out " + tuned)
                .split(" ")),
        err.toString());
    assertFalse(
        Files.readString(Path.of(tuned, "scheduler/scheduler_config.json")).contains("_haze"));
  }

  @Test
  void whatMakesNoSenseIsRefusedBeforeAnythingIsWritten() {
    assertFails(
        2,
        "haze: --evaluations is 3, expected 1, 2 or 4; see haze distill --help",
        "distill",
        run,
        "--evaluations",
        "3",
        "--out",
        model);
    assertFails(
        1, "haze: run: is not empty, expected a new directory", "distill", run, "--out", run);
    assertFalse(Files.exists(Path.of(model)));
  }

  @Test
  void whatItDoesNotLearnFromIsSaid() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      Files.createDirectories(file("images").resolve(name));
      for (int i = 0; i < 3; i++) {
        var image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(i, i, 0, 200);
        ImageIO.write(image, "png", file("images/" + name + "/" + i + ".png").toFile());
      }
    }
    Path cut = file("images/b/1.png");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 40));
    Files.writeString(file("images/notes.txt"), "grey");
    // Three batches are all nine images, and more.
    String options = " --steps 3 --batch 4 --data " + file("images") + " --out " + model;
    assertEquals(0, haze(("distill " + run + options).split(" ")), err.toString());
    String printed = out.toString();
    assertTrue(printed.contains("1 other file is left out"), printed);
    assertTrue(printed.contains("warning: skipped " + cut + ": "), printed);
    assertTrue(Files.exists(Path.of(model, "model_index.json")));
  }

  @Test
  void aSignalEndsItWithoutAModel() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            Main.class, "distill", run, "--steps", "1000000", "--batch", "4", "--out", model)) {
      String line = "";
      while (!line.contains("step")) {
        line = String.valueOf(child.line());
        assertFalse(line.equals("null"), "no progress");
      }
      child.signal("TERM");
      assertEquals(143, child.exitCode());
      assertEquals("stopped; no model is written", child.rest().lines().toList().getLast());
    }
    assertFalse(Files.exists(Path.of(model)));
  }
}
