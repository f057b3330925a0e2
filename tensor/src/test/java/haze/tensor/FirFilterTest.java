package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.FirFilter.Border;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FirFilterTest {
  private static final double[] SAMPLES = {0.125, 0.375, 0.375, 0.125};

  /// Pixel i of an axis of `size`, beyond its edge too, or NaN for a zero.
  private static double at(Tensor x, Border border, int n, int row, int column, int channel) {
    int h = x.dim(1);
    int w = x.dim(2);
    boolean inside = row >= 0 && row < h && column >= 0 && column < w;
    if (!inside && border == Border.ZERO) {
      return 0;
    }
    int r = Math.abs(row) < h ? Math.abs(row) : 2 * h - 2 - row;
    int c = Math.abs(column) < w ? Math.abs(column) : 2 * w - 2 - column;
    return x.get(n, r, c, channel);
  }

  /// The definition: pixels with zeros between them, when doubling; then a convolution with the
  /// filter's samples, of which every second result is kept, when halving.
  private static double[] naive(FirFilter filter, Tensor x) {
    int h = filter.doubles() ? 2 * x.dim(1) : x.dim(1) / 2;
    int w = filter.doubles() ? 2 * x.dim(2) : x.dim(2) / 2;
    double[] y = new double[x.dim(0) * h * w * x.dim(3)];
    int[] index = {0};
    NaiveFixture.forEachIndex(
        Shape.of(x.dim(0), h, w, x.dim(3)),
        i -> {
          double sum = 0;
          for (int a = 0; a < 4; a++) {
            for (int b = 0; b < 4; b++) {
              double weight = SAMPLES[a] * SAMPLES[b];
              if (!filter.doubles()) {
                int row = 2 * i[1] + a - 1;
                int column = 2 * i[2] + b - 1;
                sum += weight * at(x, filter.border(), i[0], row, column, i[3]);
              } else if ((i[1] + a) % 2 == 0 && (i[2] + b) % 2 == 0) {
                int row = (i[1] + a) / 2 - 1;
                int column = (i[2] + b) / 2 - 1;
                sum += 4 * weight * at(x, filter.border(), i[0], row, column, i[3]);
              }
            }
          }
          y[index[0]++] = sum;
        });
    return y;
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void aResultIsAWeightedMeanOfThePixelsAroundIt(
      @ForAll boolean doubles,
      @ForAll Border border,
      @ForAll @IntRange(max = 2) int n,
      @ForAll @IntRange(min = 1, max = 4) int h,
      @ForAll @IntRange(min = 1, max = 4) int w,
      @ForAll @IntRange(min = 1, max = 20) int c,
      @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(n, 2 * h, 2 * w, c);
    FirFilter filter = new FirFilter(doubles, border);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = filter.forward(allocator, x);
    CloseFixture.assertClose(naive(filter, x), y, CloseFixture.sumBound(16), 2);
    Tensor dy = new SamplesFixture(seed + 1).normal(y.shape());
    double[] gradient =
        NaiveFixture.gradient(
            v -> {
              float[] floats = new float[v.length];
              for (int i = 0; i < v.length; i++) {
                floats[i] = (float) v[i];
              }
              return naive(filter, Tensor.of(x.shape(), floats));
            },
            NaiveFixture.doubles(x),
            NaiveFixture.doubles(dy));
    Tensor dx = filter.backward(allocator, x.shape(), dy);
    CloseFixture.assertClose(gradient, dx, 2e-2, 2);
    allocator.check();
  }

  /// What diffusers' images of ones become.
  @Test
  void zerosDarkenTheEdgeAndAMirrorDoesNot() {
    Tensor ones = Tensor.full(1, 1, 8, 8, 1);
    Tensor up = new FirFilter(true, Border.ZERO).forward(Allocator.HEAP, ones);
    assertEquals(0.5625, up.get(0, 0, 15, 0));
    assertEquals(0.75, up.get(0, 0, 7, 0));
    Tensor down = new FirFilter(false, Border.ZERO).forward(Allocator.HEAP, ones);
    assertEquals(0.765625, down.get(0, 3, 0, 0));
    assertEquals(0.875, down.get(0, 1, 0, 0));
    for (boolean doubles : new boolean[] {false, true}) {
      Tensor same = new FirFilter(doubles, Border.REFLECT).forward(Allocator.HEAP, ones);
      for (float value : same.toArray()) {
        assertEquals(1, value);
      }
    }
  }

  private static void assertRefused(String message, FirFilter filter, int... shape) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () -> filter.forward(Allocator.HEAP, Tensor.zeros(shape)))
            .getMessage());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    FirFilter halving = new FirFilter(false, Border.REFLECT);
    assertRefused("filter: not images [n, h, w, c]: [4, 4, 3]", halving, 4, 4, 3);
    assertRefused("filter: odd height or width: [1, 3, 4, 1]", halving, 1, 3, 4, 1);
    assertRefused(
        "filter: too small to be mirrored: [1, 4, 1, 1]",
        new FirFilter(true, Border.REFLECT),
        1,
        4,
        1,
        1);
    assertEquals(
        "filter: gradient [1, 4, 4, 1], expected [1, 2, 2, 1]",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    halving.backward(
                        Allocator.HEAP, Shape.of(1, 4, 4, 1), Tensor.zeros(1, 4, 4, 1)))
            .getMessage());
  }
}
