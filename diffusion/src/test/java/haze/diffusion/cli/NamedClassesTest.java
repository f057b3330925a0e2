package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.Pipeline;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// A run on a folder whose folders are classes knows their names.
class NamedClassesTest extends CommandHarness {
  private static final List<String> NAMES = List.of("bird, crane", "circle", "esc\u001b[31m");

  private Path folder(String name, List<String> classes) throws IOException {
    Path folder = Files.createDirectory(file(name));
    for (int label = 0; label < classes.size(); label++) {
      Path own = Files.createDirectory(folder.resolve(classes.get(label)));
      for (int i = 0; i < 4; i++) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(label, i, 4, 4);
        graphics.dispose();
        ImageIO.write(image, "png", own.resolve(i + ".png").toFile());
      }
    }
    return folder;
  }

  private void train(String run, String data, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("train", "--preset", "tiny", "--conditional", "--steps", "1", "--batch", "2"));
    args.addAll(List.of("--out", file(run).toString(), "--data", file(data).toString()));
    args.addAll(List.of(more));
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
  }

  private byte[] samples(String... more) throws IOException {
    Path out = file("samples.npy");
    List<String> args = new ArrayList<>(List.of("sample", file("run").toString()));
    args.addAll(List.of("--steps", "2", "--count", "3", "--out", out.toString()));
    args.addAll(List.of(more));
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
    return Files.readAllBytes(out);
  }

  @Test
  void aClassIsSampledByItsName() throws IOException {
    folder("data", NAMES);
    train("run", "data");
    assertEquals(0, haze("info", file("run").toString()));
    assertTrue(
        out.toString().contains("named       0 bird, crane, 1 circle, 2 esc?[31m"), out.toString());
    assertArrayEquals(samples("--class", "1"), samples("--class", "circle"));
    assertArrayEquals(samples("--class", "0"), samples("--class", "bird, crane"));
    assertArrayEquals(samples("--class", "1,2"), samples("--class", "circle,esc?[31m"));
    assertArrayEquals(samples("--class", "1,2"), samples("--class", "circle", "--class", "2"));
    assertFails(
        2,
        "haze: --class is circel, expected bird, crane, circle, esc?[31m, or 0 to 2; did you mean"
            + " circle?; see haze sample --help",
        "sample",
        file("run").toString(),
        "--class",
        "circel");
    assertFails(
        2,
        "haze: --class is CIRCLE, but the model's class is circle: upper and lower case count; see"
            + " haze sample --help",
        "sample",
        file("run").toString(),
        "--class",
        "CIRCLE");
    for (String empty : List.of("", "1,")) {
      assertFails(
          2,
          "haze: --class is empty, expected bird, crane, circle, esc?[31m, or 0 to 2; see haze"
              + " sample --help",
          "sample",
          file("run").toString(),
          "--class",
          empty);
    }
  }

  @Test
  void samplesOfOneClassHaveItsNameAboveThem() throws IOException {
    folder("data", List.of("circle", "square"));
    train("run", "data", "--no-samples");
    assertFalse(Files.exists(file("run/samples")));
    List<BufferedImage> figures = new ArrayList<>();
    for (String label : List.of("circle", "square")) {
      String[] args = {
        "sample", file("run").toString(), "--count", "7", "--steps", "2", "--class", label, "--out"
      };
      args = Arrays.copyOf(args, args.length + 1);
      args[args.length - 1] = file("a.png").toString();
      assertEquals(0, haze(args), err.toString());
      figures.add(ImageIO.read(file("a.png").toFile()));
    }
    assertEquals(Color.WHITE.getRGB(), figures.getFirst().getRGB(1, 1), "paper");
    // Names differ above the images.
    int width = figures.getFirst().getWidth();
    assertFalse(
        Arrays.equals(
            figures.get(0).getRGB(0, 0, width, 30, null, 0, width),
            figures.get(1).getRGB(0, 0, width, 30, null, 0, width)));
  }

  @Test
  void anEditAndAFigureTakeTheName() throws IOException {
    folder("data", NAMES);
    train("run", "data");
    Path image = file("data/circle/0.png");
    for (List<String> command :
        List.of(
            List.of("denoise", file("run").toString(), "--image", image.toString(), "--t", "5"),
            List.of("show", "reverse", file("run").toString(), "--count", "2"))) {
      List<byte[]> written = new ArrayList<>();
      for (String label : List.of("1", "circle")) {
        List<String> args = new ArrayList<>(command);
        args.addAll(List.of("--steps", "2", "--class", label, "--out", file("a.png").toString()));
        assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
        written.add(Files.readAllBytes(file("a.png")));
      }
      assertArrayEquals(written.get(0), written.get(1));
    }
  }

  @Test
  void figuresOfSamplesHaveTheNamesAboveThem() throws IOException {
    folder("data", List.of("circle", "square"));
    train("run", "data");
    String named = file("run/classes.json").toString();
    Path grid = file("run/samples/step-000001.png");
    assertEquals(0, haze(sampleTo("a.png")), err.toString());
    Files.delete(Path.of(named));
    assertEquals(0, haze(sampleTo("b.png")), err.toString());
    assertFalse(Arrays.equals(read("a.png"), read("b.png")));
    // The grid of a run is the figure of its samples, with names above the columns.
    BufferedImage figure = ImageIO.read(grid.toFile());
    assertEquals(Color.WHITE.getRGB(), figure.getRGB(1, 1), "paper, not the line of a plain grid");
  }

  private byte[] read(String name) throws IOException {
    return Files.readAllBytes(file(name));
  }

  private String[] sampleTo(String name) {
    return new String[] {
      "sample", file("run").toString(), "--steps", "2", "--out", file(name).toString()
    };
  }

  @Test
  void aRunKeepsItsNamesAndAnotherIsNamedByItsOwnData() throws IOException {
    folder("data", List.of("circle", "square"));
    train("run", "data");
    Files.writeString(file("run/classes.json"), "{\"0\": \"disc\", \"1\": \"square\"}");
    assertEquals(
        0,
        haze("train", "--resume", "--out", file("run").toString(), "--steps", "2"),
        err.toString());
    assertEquals(
        Map.of(0, "disc", 1, "square"),
        Pipeline.load(file("run")).classNames().names(),
        "names that a person gave stay");
    // Other classes on top of its weights.
    folder("others", List.of("cat", "square"));
    String from = file("run").toString();
    train("more", "others", "--from", from);
    assertEquals(Map.of(0, "cat", 1, "square"), Pipeline.load(file("more")).classNames().names());
    assertTrue(
        out.toString()
            .contains(
                "warning: class 0 is cat, but disc in "
                    + from
                    + ", whose row of the table of classes it starts with"),
        out.toString());
    folder("third", List.of("cat", "dog", "square"));
    train("three", "third", "--from", from);
    assertFalse(out.toString().contains("warning: class"), out.toString());
    assertEquals("dog", Pipeline.load(file("three")).classNames().name(1));
    // Classes that have no names of their own.
    folder("numbers", List.of("0", "1"));
    train("numbered", "numbers", "--from", from);
    assertEquals("disc", Pipeline.load(file("numbered")).classNames().name(0));
    assertTrue(
        out.toString().contains("the data has no names of its classes: they keep those of " + from),
        out.toString());
    train("unnamed", "numbers");
    assertFalse(Files.exists(file("unnamed/classes.json")));
  }
}
