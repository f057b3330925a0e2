package haze.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelBenchmarkTest {
  @Test
  void aShapeIsItsNumbers() {
    assertArrayEquals(new int[] {300, 7, 12544}, KernelBenchmark.sizes("300x7x12544", 3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"foo", "", "64x64", "64x64x64x64", "64x64x0", "64x64x-1", "9999999999x1x1"})
  void anythingElseIsRefusedWithAnExample(String shape) {
    var e = assertThrows(IllegalArgumentException.class, () -> KernelBenchmark.sizes(shape, 3));
    assertEquals(
        "benchmark: parameter " + shape + ", expected 3 positive numbers, such as 64x64x64",
        e.getMessage());
  }
}
