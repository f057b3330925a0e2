package haze.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import haze.tensor.CloseFixture;
import haze.tensor.DirtyAllocatorFixture;
import haze.tensor.NaiveFixture;
import haze.tensor.SamplesFixture;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GemmTest {
  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void everyTileAndEdgeComputesTheProduct(
      @ForAll @IntRange(max = 40) int m,
      @ForAll @IntRange(max = 70) int n,
      @ForAll @IntRange(max = 40) int k,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll boolean accumulate,
      @ForAll @IntRange(max = 3) int gap,
      @ForAll long seed) {
    compare(m, n, k, transposeA, transposeB, accumulate, gap, seed);
  }

  @Test
  void longSumsAreCutIntoBlocks() {
    for (boolean transposed : new boolean[] {false, true}) {
      for (boolean accumulate : new boolean[] {false, true}) {
        compare(9, 35, 1024, transposed, transposed, accumulate, 0, 1);
        compare(5, 32, 1025, transposed, !transposed, accumulate, 0, 2);
        compare(3, 50, 2100, !transposed, transposed, accumulate, 1, 3);
      }
    }
  }

  @Test
  void tallAndWideMatricesAreCutIntoBlocks() {
    for (boolean accumulate : new boolean[] {false, true}) {
      compare(512, 17, 5, false, false, accumulate, 0, 1);
      compare(1030, 16, 20, false, false, accumulate, 0, 2);
      compare(515, 40, 1100, true, true, accumulate, 0, 3);
      compare(7, 512, 30, false, false, accumulate, 0, 4);
      compare(6, 544, 1040, false, false, accumulate, 3, 5);
      compare(200, 530, 1030, false, false, accumulate, 0, 6);
      compare(97, 96, 560, false, false, accumulate, 0, 7);
      compare(400, 128, 560, true, false, accumulate, 0, 8);
      compare(55, 113, 33, true, true, accumulate, 0, 9);
    }
  }

  @Test
  void rowsAndColumnsMayLieAnyDistanceApart() {
    var samples = new SamplesFixture(1);
    // Element (i, p) of A is a[i, p, 1], element (p, j) of B is b[j, p, 2].
    Tensor a = samples.normal(9, 20, 2);
    Tensor b = samples.normal(37, 20, 3);
    Tensor c = new DirtyAllocatorFixture().allocate(Shape.of(9, 37));
    Gemm.multiply(
        9,
        37,
        20,
        a.data(),
        a.offset() + 1,
        40,
        2,
        b.data(),
        b.offset() + 2,
        3,
        60,
        c.data(),
        c.offset(),
        37,
        false,
        new float[Gemm.scratch(37, 20)]);
    double[] left = new double[9 * 20];
    double[] right = new double[37 * 20];
    Arrays.setAll(left, i -> a.get(i / 20, i % 20, 1));
    Arrays.setAll(right, i -> b.get(i / 20, i % 20, 2));
    double[] expected = NaiveFixture.matmul(9, 37, 20, left, false, right, true);
    CloseFixture.assertClose(
        expected, c, CloseFixture.sumBound(20), CloseFixture.scale(expected, 0));
  }

  @Test
  void nothingBehindTheMatricesIsRead() {
    for (int m = 1; m < 70; m += 17) {
      for (int n = 1; n < 70; n++) {
        for (boolean transposed : new boolean[] {false, true}) {
          // The arrays end with the matrices; small whole numbers make the sums exact.
          int k = n % 2 == 1 ? 1 : 9;
          float[] a = new float[m * k];
          float[] b = new float[k * n];
          float[] c = new float[m * n];
          Arrays.fill(a, 2);
          Arrays.fill(b, 3);
          Gemm.multiply(
              m,
              n,
              k,
              a,
              0,
              transposed ? 1 : k,
              transposed ? m : 1,
              b,
              0,
              transposed ? 1 : n,
              transposed ? k : 1,
              c,
              0,
              n,
              false,
              new float[Gemm.scratch(n, k)]);
          float[] expected = new float[m * n];
          Arrays.fill(expected, 2 * 3 * k);
          assertArrayEquals(expected, c);
        }
      }
    }
  }

  /// Matrices that are parts of wider ones: `gap` columns of NaN lie between their rows.
  private static void compare(
      int m,
      int n,
      int k,
      boolean transposeA,
      boolean transposeB,
      boolean accumulate,
      int gap,
      long seed) {
    var samples = new SamplesFixture(seed);
    Tensor a = spread(samples.normal(transposeA ? Shape.of(k, m) : Shape.of(m, k)), gap);
    Tensor b = spread(samples.normal(transposeB ? Shape.of(n, k) : Shape.of(k, n)), gap);
    Tensor before = samples.normal(m, n);
    Tensor c = spread(before, gap);
    int aRow = a.dim(1);
    int bRow = b.dim(1);
    var allocator = new DirtyAllocatorFixture();
    float[] scratch = allocator.borrow(Gemm.scratch(n, k));
    Gemm.multiply(
        m,
        n,
        k,
        a.data(),
        a.offset(),
        transposeA ? 1 : aRow,
        transposeA ? aRow : 1,
        b.data(),
        b.offset(),
        transposeB ? 1 : bRow,
        transposeB ? bRow : 1,
        c.data(),
        c.offset(),
        c.dim(1),
        accumulate,
        scratch);
    allocator.giveBack(scratch);

    double[] left = NaiveFixture.doubles(narrow(a, gap));
    double[] right = NaiveFixture.doubles(narrow(b, gap));
    double[] expected = NaiveFixture.matmul(m, n, k, left, transposeA, right, transposeB);
    for (int i = 0; accumulate && i < expected.length; i++) {
      expected[i] += before.data()[before.offset() + i];
    }
    double least =
        CloseFixture.root(
            NaiveFixture.matmul(
                m,
                n,
                k,
                CloseFixture.squares(left),
                transposeA,
                CloseFixture.squares(right),
                transposeB));
    CloseFixture.assertClose(
        expected,
        narrow(c, gap),
        CloseFixture.sumBound(k + 1),
        CloseFixture.scale(expected, Math.max(least, accumulate ? 1 : 0)));
    for (int i = 0; i < m; i++) {
      for (int j = n; j < n + gap; j++) {
        if (!Float.isNaN(c.get(i, j))) {
          throw new AssertionError("written between the rows of C at " + i + ", " + j);
        }
      }
    }
    allocator.check();
  }

  /// The same matrix with `gap` further columns of NaN.
  private static Tensor spread(Tensor matrix, int gap) {
    Tensor wide =
        new DirtyAllocatorFixture().allocate(Shape.of(matrix.dim(0), matrix.dim(1) + gap));
    NaiveFixture.forEachIndex(matrix.shape(), i -> wide.set(matrix.get(i), i));
    return wide;
  }

  private static Tensor narrow(Tensor wide, int gap) {
    Tensor matrix = Tensor.zeros(wide.dim(0), wide.dim(1) - gap);
    NaiveFixture.forEachIndex(matrix.shape(), i -> matrix.set(wide.get(i), i));
    return matrix;
  }
}
