package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackedImagesTest {
  private static final Shape IMAGE = Shape.of(2, 1, 1);
  private static final int[] LABELS = {1, 0, 2};

  private static void assertSame(ImageDataset expected, ImageDataset images) {
    assertEquals(expected.count(), images.count());
    for (int i = 0; i < expected.count(); i++) {
      assertArrayEquals(expected.image(i).toArray(), images.image(i).toArray());
      assertEquals(expected.label(i), images.label(i));
    }
    assertEquals(expected.classNames(), images.classNames());
    assertEquals(expected.fingerprint(), images.fingerprint());
  }

  @Test
  void levelsTakeAByteEach() {
    byte[] levels = {0, 1, -1, 127, -128, 5};
    ImageDataset images =
        ImageDataset.ofLevels(levels, IMAGE, LABELS).withClasses(3, List.of("a", "b", "c"));
    PackedImages packed = images.packed();
    assertArrayEquals(levels, packed.levels());
    assertEquals(0, packed.values().length);
    assertSame(images, packed.unpack());
  }

  /// The first images are levels, a later one is not.
  @Test
  void aSingleValueBetweenLevelsMakesAllFloats() {
    float[] values = {-1, 1, -1, 1, 0.123f, 1};
    ImageDataset images = ImageDataset.of(values, IMAGE, LABELS);
    PackedImages packed = images.packed();
    assertEquals(0, packed.levels().length);
    assertArrayEquals(values, packed.values());
    assertSame(images, packed.unpack());
  }
}
