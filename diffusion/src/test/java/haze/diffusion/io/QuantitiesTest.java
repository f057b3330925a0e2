package haze.diffusion.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {
  @ParameterizedTest
  @CsvSource({
    "1, image, 1 image",
    "0, image, 0 images",
    "1, class, 1 class",
    "2, class, 2 classes",
    "3, residual block, 3 residual blocks"
  })
  void thingsAreCounted(long count, String noun, String text) {
    assertEquals(text, Quantities.counted(count, noun));
  }

  @ParameterizedTest
  @CsvSource({
    "0, less than 0.01 %",
    "4e-16, less than 0.01 %",
    "0.00012, 0.012 %",
    "0.0474, 4.7 %",
    "0.1, 10 %",
    "0.996, 100 %",
    "1.24, 120 %",
    "340, 34000 %"
  })
  void aPartIsInPercentWithoutAnExponent(double part, String text) {
    assertEquals(text, Quantities.percent(part));
  }
}
