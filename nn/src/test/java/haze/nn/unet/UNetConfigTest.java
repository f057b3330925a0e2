package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Shape;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class UNetConfigTest {
  @Test
  void theLastLabelStandsForNoClass() {
    UNetConfig ofTenClasses = config(OptionalInt.of(11));
    assertEquals(10, ofTenClasses.classes());
    assertEquals(OptionalInt.of(10), ofTenClasses.noClassLabel());
    UNetConfig withoutLabels = config(OptionalInt.empty());
    assertEquals(0, withoutLabels.classes());
    assertEquals(OptionalInt.empty(), withoutLabels.noClassLabel());
  }

  @Test
  void anImageHasHeightWidthAndChannels() {
    assertEquals(Shape.of(8, 8, 3), config(OptionalInt.empty()).imageShape());
  }

  private static UNetConfig config(OptionalInt labels) {
    List<Boolean> attention = List.of(false, false);
    return new UNetConfig(
        8,
        3,
        3,
        1,
        List.of(8, 16),
        attention,
        attention,
        false,
        OptionalInt.empty(),
        4,
        1e-5,
        1,
        true,
        0,
        labels);
  }
}
