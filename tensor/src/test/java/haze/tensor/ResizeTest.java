package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ResizeTest {
  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void everyPixelBecomesASquareOfFour(
      @ForAll @IntRange(max = 3) int n,
      @ForAll @IntRange(min = 1, max = 6) int h,
      @ForAll @IntRange(min = 1, max = 6) int w,
      @ForAll @IntRange(min = 1, max = 20) int c,
      @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(n, h, w, c);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Resize.nearest2x(allocator, x);
    assertEquals(Shape.of(n, 2 * h, 2 * w, c), y.shape());
    NaiveFixture.forEachIndex(
        y.shape(), i -> assertEquals(x.get(i[0], i[1] / 2, i[2] / 2, i[3]), y.get(i)));
    allocator.check();
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void everySquareOfFourIsSummedAndTheRestLeftOut(
      @ForAll @IntRange(max = 3) int n,
      @ForAll @IntRange(min = 1, max = 9) int h,
      @ForAll @IntRange(min = 1, max = 9) int w,
      @ForAll @IntRange(min = 1, max = 20) int c,
      @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(n, h, w, c);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Resize.sum2x2(allocator, x, 0.25f);
    assertEquals(Shape.of(n, h / 2, w / 2, c), y.shape());
    double[] expected = new double[y.size()];
    NaiveFixture.forEachIndex(
        x.shape(),
        i -> {
          if (i[1] / 2 < h / 2 && i[2] / 2 < w / 2) {
            int pixel = (i[0] * (h / 2) + i[1] / 2) * (w / 2) + i[2] / 2;
            expected[pixel * c + i[3]] += x.get(i) / 4;
          }
        });
    CloseFixture.assertClose(expected, y, CloseFixture.sumBound(4), 2);
    allocator.check();
  }

  @Test
  void onlyImagesAreResized() {
    Tensor x = Tensor.zeros(4, 4, 3);
    assertEquals(
        "upsample: not images [n, h, w, c]: [4, 4, 3]",
        assertThrows(IllegalArgumentException.class, () -> Resize.nearest2x(Allocator.HEAP, x))
            .getMessage());
    assertEquals(
        "pool: not images [n, h, w, c]: [4, 4, 3]",
        assertThrows(IllegalArgumentException.class, () -> Resize.sum2x2(Allocator.HEAP, x, 1))
            .getMessage());
  }
}
