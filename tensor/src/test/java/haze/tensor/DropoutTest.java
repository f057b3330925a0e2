package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DropoutTest {
  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void anElementIsDroppedWhereTheImagesUniformNumberIsSmall(
      @ForAll @IntRange(max = 3) int n,
      @ForAll @IntRange(min = 1, max = 40) int length,
      @ForAll @IntRange(max = 9) int tenths,
      @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(n, length);
    double p = tenths / 10.0;
    var allocator = new DirtyAllocatorFixture();
    Tensor y = new Dropout(p, new Rng(seed, 1, 2, 3)).apply(allocator, x);
    for (int i = 0; i < n; i++) {
      Tensor uniform = new Rng(seed, 1, 2, 3 + i).uniform(Tensor.zeros(length));
      for (int k = 0; k < length; k++) {
        float expected = uniform.get(k) < p ? 0 : x.get(i, k) * (float) (1 / (1 - p));
        assertEquals(expected, y.get(i, k));
      }
    }
    allocator.check();
  }

  @Test
  void theMeanStays() {
    Tensor ones = Tensor.full(1, 2, 50_000);
    Tensor y = new Dropout(0.3, new Rng(5, 0, 0, 0)).apply(Allocator.HEAP, ones);
    double sum = 0;
    int zeros = 0;
    for (float value : y.toArray()) {
      sum += value;
      zeros += value == 0 ? 1 : 0;
    }
    // Four standard errors: 4 sqrt(0.3 0.7 / 100,000), and that divided by 0.7.
    assertEquals(0.3, zeros / 1e5, 0.0058);
    assertEquals(1, sum / 1e5, 0.0083);
  }

  @Test
  void imagesDoNotDependOnTheirBatch() {
    Tensor x = new SamplesFixture(1).normal(4, 7);
    Tensor whole = new Dropout(0.5, new Rng(1, 2, 3, 0)).apply(Allocator.HEAP, x);
    Tensor part = new Dropout(0.5, new Rng(1, 2, 3, 2)).apply(Allocator.HEAP, x.slice(2, 2));
    assertArrayEquals(whole.slice(2, 2).toArray(), part.toArray());
  }

  @Test
  void aProbabilityIsBelowOne() {
    for (double p : new double[] {-0.1, 1, Double.NaN}) {
      assertEquals(
          "dropout: probability " + p + ", expected at least 0 and below 1",
          assertThrows(IllegalArgumentException.class, () -> new Dropout(p, new Rng(1, 2, 3, 4)))
              .getMessage());
    }
  }
}
