package haze.diffusion.data.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every image file gives exactly the levels that were recorded from Pillow.
class RecordedLevelsTest {
  private static final Set<String> SIXTEEN_BITS = Set.of("grey16.png", "grey16.tif", "rgb16.png");

  static Stream<String> files() throws IOException {
    Path directory = RecordedLevels.DIRECTORY;
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .map(file -> directory.relativize(file).toString())
          .filter(name -> name.matches(".*[.](png|jpg|gif|bmp|tif)"))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static Levels read(String name, Background background) throws ImageException {
    return ImageDecoder.read(RecordedLevels.DIRECTORY.resolve(name), background);
  }

  private static void assertLevels(byte[] expected, Levels actual, String name) {
    int different = 0;
    int most = 0;
    assertEquals(expected.length, actual.bytes().length, name + " " + actual.shape());
    for (int i = 0; i < expected.length; i++) {
      int difference = Math.abs((expected[i] & 255) - (actual.bytes()[i] & 255));
      different += difference > 0 ? 1 : 0;
      most = Math.max(most, difference);
    }
    assertEquals(0, different, name + ": levels that differ, by up to " + most);
  }

  @ParameterizedTest
  @MethodSource("files")
  void theLevelsArePillows(String name) throws IOException {
    Map<String, byte[]> expected = RecordedLevels.ofImages();
    byte[] overWhite = expected.get(name + "/over_white");
    if (overWhite != null) {
      assertLevels(overWhite, read(name, Background.WHITE).channels(3), name);
      byte[] overBlack = expected.get(name + "/over_black");
      if (overBlack != null) {
        assertLevels(overBlack, read(name, Background.BLACK).channels(3), name);
      }
      return;
    }
    Levels levels = read(name, Background.BLACK);
    boolean sixteen = SIXTEEN_BITS.contains(name);
    assertLevels(expected.get(name + (sixteen ? "/rgb_should" : "/rgb")), levels.channels(3), name);
    byte[] grey = expected.get(name + "/l");
    if (grey != null) {
      assertEquals(1, levels.shape().dim(2), name);
      if (!sixteen) {
        assertLevels(grey, levels, name);
      }
    }
  }

  @Test
  void everyRecordedImageIsHere() throws IOException {
    Set<String> recorded =
        RecordedLevels.ofImages().keySet().stream()
            .map(key -> key.substring(0, key.lastIndexOf('/')))
            .collect(Collectors.toSet());
    assertEquals(65, recorded.size());
    assertEquals(recorded, files().collect(Collectors.toSet()));
  }

  /// They hold a table of colours, or are given one by the JDK, in which all are grey.
  @ParameterizedTest
  @ValueSource(strings = {"grey1.png", "more/one-group4.tif", "more/one-inv.tif", "more/one.bmp"})
  void blackAndWhiteIsGrey(String name) throws IOException {
    assertEquals(1, read(name, Background.WHITE).shape().dim(2));
  }

  /// One orientation of eight is recorded; the others are its mirror images and turns.
  @Test
  void everyOrientationTurnsTheImageUpright() {
    Pixels stored = new Pixels(2, 3, 1, new byte[] {1, 2, 3, 4, 5, 6});
    int[][] upright = {
      {},
      {1, 2, 3, 4, 5, 6},
      {3, 2, 1, 6, 5, 4},
      {6, 5, 4, 3, 2, 1},
      {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6},
      {4, 1, 5, 2, 6, 3},
      {6, 3, 5, 2, 4, 1},
      {3, 6, 2, 5, 1, 4}
    };
    for (int orientation = 1; orientation <= 8; orientation++) {
      Pixels turned = stored.upright(orientation);
      assertEquals(orientation < 5 ? 3 : 2, turned.width());
      int[] levels = new int[6];
      Arrays.setAll(levels, i -> turned.bytes()[i]);
      assertEquals(
          Arrays.toString(upright[orientation]), Arrays.toString(levels), "of " + orientation);
    }
  }

  @Test
  void theGreyOfAColourIsPillows() throws IOException {
    Map<String, byte[]> recorded = RecordedLevels.bytes("resize.safetensors");
    for (String size : new String[] {"50x40", "64x64"}) {
      byte[] colours = recorded.get(size + "/source");
      Levels levels = new Levels(Shape.of(1, colours.length / 3, 3), colours).channels(1);
      assertLevels(recorded.get(size + "/source_l"), levels, size);
      assertNotEquals(0, levels.bytes()[0]);
    }
  }
}
