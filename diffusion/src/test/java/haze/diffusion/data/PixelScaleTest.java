package haze.diffusion.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PixelScaleTest {
  @ParameterizedTest
  @CsvSource({
    "-1, 0",
    "1, 255",
    "-7, 0",
    "3, 255",
    "0, 128",
    "NaN, 0",
    "Infinity, 255",
    "-Infinity, 0"
  })
  void valuesBecomeLevels(float value, int level) {
    assertEquals(level, PixelScale.level(value));
  }

  @Test
  void aLevelSurvivesTheRoundTrip() {
    assertEquals(-1, PixelScale.value(0));
    assertEquals(1, PixelScale.value(255));
    for (int level = 0; level < 256; level++) {
      assertEquals(level / 127.5f - 1, PixelScale.value(level));
      assertEquals(level, PixelScale.level(PixelScale.value(level)));
    }
  }

  @Test
  void halvesAreRoundedToEven() {
    // In float32, as in NumPy, these come out as exactly k + 0.5 before the rounding.
    for (int k = 64; k < 255; k++) {
      assertEquals(k % 2 == 0 ? k : k + 1, PixelScale.level((2 * k + 1) / 255f - 1));
    }
  }
}
