package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// Samples of models that know classes.
class SampleClassesTest extends SampleHarness {
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
}
