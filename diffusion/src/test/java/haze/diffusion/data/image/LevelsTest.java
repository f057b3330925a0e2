package haze.diffusion.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LevelsTest {
  private static Levels levels(int height, int width, int channels, int... levels) {
    byte[] bytes = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return new Levels(Shape.of(height, width, channels), bytes);
  }

  private static void assertLevels(Levels expected, Levels actual) {
    assertEquals(expected.shape(), actual.shape());
    assertArrayEquals(expected.bytes(), actual.bytes());
  }

  /// The recorded mean is exact, so that a level is at most half a level from it.
  @ParameterizedTest
  @CsvSource({
    "50, 40, area_25x20, 25, 20", "50, 40, area_20x16, 20, 16", "50, 40, area_10x8, 10, 8",
    "50, 40, area_5x4, 5, 4", "50, 40, area_l_20x16, 20, 16", "64, 64, area_32x32, 32, 32",
    "64, 64, area_28x28, 28, 28", "64, 64, area_16x16, 16, 16", "64, 64, area_l_28x28, 28, 28"
  })
  void shrinkingTakesTheMeanOfAnArea(
      int fromWidth, int fromHeight, String name, int width, int height) throws IOException {
    Map<String, byte[]> recorded = RecordedLevels.bytes("resize.safetensors");
    String size = fromWidth + "x" + fromHeight;
    int channels = name.contains("_l_") ? 1 : 3;
    byte[] source = recorded.get(size + (channels == 1 ? "/source_l" : "/source"));
    Tensor mean = RecordedLevels.tensor("resize.safetensors", size + "/" + name);
    Levels fitted =
        new Levels(Shape.of(fromHeight, fromWidth, channels), source).fit(height, width);
    assertEquals(Shape.of(height, width, channels), fitted.shape());
    float[] expected = mean.toArray();
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], fitted.bytes()[i] & 255, 0.5005f);
    }
  }

  @Test
  void theMiddleOfTheWantedProportionsIsTaken() {
    // Columns 1.5 to 3.5, then all rows.
    Levels wide = levels(2, 5, 1, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90);
    assertLevels(levels(2, 2, 1, 15, 25, 65, 75), wide.fit(2, 2));
    assertLevels(levels(1, 1, 1, 45), wide.fit(1, 1));
    // The middle row of four, in half, of a column three wide.
    Levels high = levels(4, 2, 1, 0, 0, 100, 120, 140, 160, 0, 0);
    assertLevels(levels(2, 2, 1, 100, 120, 140, 160), high.fit(2, 2));
    assertLevels(levels(1, 1, 1, 130), high.fit(1, 1));
    assertSame(high, high.fit(4, 2));
  }

  /// The weights are 3/4 and 1/4 at twice the size, and the border is the border's pixel.
  @Test
  void enlargingIsBilinear() {
    assertLevels(
        levels(2, 4, 1, 0, 50, 150, 200, 0, 50, 150, 200), levels(1, 2, 1, 0, 200).fit(2, 4));
    assertLevels(
        levels(2, 2, 3, 9, 8, 7, 9, 8, 7, 9, 8, 7, 9, 8, 7), levels(1, 1, 3, 9, 8, 7).fit(2, 2));
  }

  @ParameterizedTest
  @CsvSource({"7, 5", "200, 3", "3, 200", "31, 64", "1, 1", "64, 31", "33, 33"})
  void aFlatImageStaysFlatInEverySize(int height, int width) {
    int[] flat = new int[37 * 23];
    Arrays.fill(flat, 201);
    for (byte level : levels(37, 23, 1, flat).fit(height, width).bytes()) {
      assertEquals(201, level & 255);
    }
  }

  /// Lines as fine as pixels become grey, and no pattern appears.
  @Test
  void nothingAliases() {
    int[] lines = new int[100 * 100];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = i % 2 * 255;
    }
    for (byte level : levels(100, 100, 1, lines).fit(10, 10).bytes()) {
      assertEquals(127.5, level & 255, 0.51);
    }
  }

  @Test
  void leftAndRightAreExchanged() {
    Levels colours = levels(2, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    assertLevels(levels(2, 2, 3, 4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9), colours.flipped());
    assertLevels(colours, colours.flipped().flipped());
    assertLevels(levels(1, 3, 1, 3, 2, 1), levels(1, 3, 1, 1, 2, 3).flipped());
  }

  @Test
  void greyBecomesThreeEqualChannels() {
    Levels grey = levels(1, 2, 1, 7, 255);
    assertLevels(levels(1, 2, 3, 7, 7, 7, 255, 255, 255), grey.channels(3));
    assertLevels(grey, grey.channels(3).channels(1));
    assertSame(grey, grey.channels(1));
  }

  @Test
  void whatIsNoImageIsRefused() {
    for (Shape shape : new Shape[] {Shape.of(2, 2), Shape.of(1, 1, 2), Shape.of(1, 1, 4)}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> new Levels(shape, new byte[shape.size()]))
              .getMessage();
      assertEquals("image " + shape + ", expected [h, w, 1 or 3]", message);
    }
    assertThrows(IllegalArgumentException.class, () -> new Levels(Shape.of(2, 2, 1), new byte[3]));
    assertThrows(IllegalArgumentException.class, () -> levels(1, 1, 1, 0).fit(0, 1));
    assertThrows(IllegalArgumentException.class, () -> levels(1, 1, 1, 0).channels(2));
  }

  @Test
  void aBackgroundIsReadAndChecked() {
    assertEquals(Background.WHITE, Background.parse("White"));
    assertEquals(Background.BLACK, Background.parse("#000000"));
    assertEquals(new Background(255, 16, 1), Background.parse("#Ff1001"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> Background.parse("grey")).getMessage();
    assertEquals("'grey' is not black, white or #rrggbb", message);
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> new Background(0, 256, 0))
            .getMessage()
            .contains("0, 256, 0, expected 0 to 255"));
  }
}
