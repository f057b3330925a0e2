package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ParallelTest {
  private static Tensor random(int seed, int... dims) {
    return new Rng(1, 2, 3, seed).normal(Tensor.zeros(dims));
  }

  /// The same bits for one, two and three threads.
  private static float[] same(Function<Workers, Tensor> operation) {
    float[] one = on(1, operation);
    assertArrayEquals(one, on(2, operation));
    assertArrayEquals(one, on(3, operation));
    return one;
  }

  private static float[] on(int threads, Function<Workers, Tensor> operation) {
    try (Workers workers = new Workers(threads)) {
      return operation.apply(workers).toArray();
    }
  }

  @Property(tries = 60)
  void aProductIsTheProductOfOneThread(
      @ForAll @IntRange(min = 1, max = 200) int m,
      @ForAll @IntRange(min = 1, max = 70) int n,
      @ForAll @IntRange(min = 1, max = 150) int k,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll boolean shared) {
    Tensor a = random(1, 2, transposeA ? k : m, transposeA ? m : k);
    int rows = transposeB ? n : k;
    int columns = transposeB ? k : n;
    Tensor b = shared ? random(2, rows, columns) : random(2, 2, rows, columns);
    assertArrayEquals(
        MatMul.multiply(Allocator.HEAP, a, transposeA, b, transposeB).toArray(),
        same(workers -> Parallel.multiply(workers, a, transposeA, b, transposeB)));
  }

  /// Winograd's tiles end where an image's rows end, also where these are cut.
  @Test
  void theRowsOfAnImageAreCutBetweenTiles() {
    for (int height = 30; height < 42; height++) {
      Tensor x = random(3, 1, height, 5, 16);
      Tensor weight = random(4, 3, 3, 16, 16);
      var convolution = Convolution.of(1, 1);
      assertArrayEquals(
          convolution.forward(Allocator.HEAP, x, weight, random(5, 16)).toArray(),
          same(workers -> Parallel.forward(workers, convolution, x, weight, random(5, 16))));
    }
  }

  /// Direct sums, products for 1x1, and Winograd from 16 channels on; batches, and single images
  /// whose rows are cut.
  @Property(tries = 80)
  void aConvolutionIsTheConvolutionOfOneThread(
      @ForAll boolean single,
      @ForAll @IntRange(min = 2, max = 11) int images,
      @ForAll @IntRange(min = 3, max = 80) int height,
      @ForAll @IntRange(min = 3, max = 9) int width,
      @ForAll @IntRange(min = 1, max = 20) int in,
      @ForAll @IntRange(min = 1, max = 20) int out,
      @ForAll @IntRange(min = 1, max = 2) int stride,
      @ForAll boolean pointwise,
      @ForAll @IntRange(min = 0, max = 1) int top,
      @ForAll @IntRange(min = 0, max = 2) int bottom) {
    int kernel = pointwise ? 1 : 3;
    var convolution =
        pointwise ? Convolution.of(stride, 0) : new Convolution(stride, top, bottom, 1, 1);
    Tensor x = random(3, single ? 1 : images, height, width, in);
    Tensor weight = random(4, kernel, kernel, in, out);
    Tensor y = convolution.forward(Allocator.HEAP, x, weight, random(5, out));
    assertArrayEquals(
        y.toArray(),
        same(workers -> Parallel.forward(workers, convolution, x, weight, random(5, out))));
    Tensor dy = random(6, y.shape().dims());
    assertArrayEquals(
        convolution.backwardData(Allocator.HEAP, x.shape(), weight, dy).toArray(),
        same(workers -> Parallel.backwardData(workers, convolution, x.shape(), weight, dy)));
    Tensor before = random(7, weight.shape().dims());
    Tensor expected = before.copy();
    convolution.backwardWeight(Allocator.HEAP, x, dy, expected);
    float[] actual =
        same(
            workers -> {
              Tensor gradient = before.copy();
              Parallel.backwardWeight(workers, convolution, x, dy, gradient);
              return gradient;
            });
    // Other groups of images, and so other roundings, each within what ConvolutionTest allows
    // Winograd.
    float largest = 0;
    for (float value : expected.toArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(expected.toArray(), actual, 4e-5f * largest);
  }

  @Test
  void whatDoesNotFitIsRefusedAsByTheOperation() {
    try (Workers workers = new Workers(2)) {
      assertEquals(
          "matmul: inner dimensions differ: [2, 3] x [2, 3]",
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      Parallel.multiply(
                          workers, Tensor.zeros(2, 3), false, Tensor.zeros(2, 3), false))
              .getMessage());
      var convolution = Convolution.of(1, 1);
      assertEquals(
          "convolution: gradient [1, 4, 4, 2] for output [1, 5, 5, 2]",
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      Parallel.backwardData(
                          workers,
                          convolution,
                          Shape.of(1, 5, 5, 2),
                          Tensor.zeros(3, 3, 2, 2),
                          Tensor.zeros(1, 4, 4, 2)))
              .getMessage());
    }
  }
}
