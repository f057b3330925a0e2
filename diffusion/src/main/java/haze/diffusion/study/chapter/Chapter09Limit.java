package haze.diffusion.study.chapter;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import haze.autograd.Tape;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Convolution;
import haze.tensor.MatMul;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.VectorSupport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// # From a loop to the machine's limit
///
/// Nearly all the work of a network is one kind of loop: multiply two numbers, and add the product
/// to a sum. A convolution is that, a fully connected layer, attention. Written down as it stands
/// in a textbook, the loop uses a small part of what the processor can do. This chapter takes one
/// matrix product from there to the processor's limit, in four steps that each have one reason, and
/// measures them on the machine that printed this page. Then it shows how a convolution can get by
/// with a quarter of the multiplications.
///
/// All matrices here are square, $`n \times n`$, one row behind the other in an array, and all
/// versions overwrite c with $`C = A B`$:
///
/// ```math
/// C_{ij} = \sum_{p=0}^{n-1} A_{ip} \, B_{pj} .
/// ```
public final class Chapter09Limit implements Chapter {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /// **Version 1, the formula.** It has two faults. Each addition needs the sum of the one before,
  /// which is ready four or so cycles later; until then the processor waits. And along a column of
  /// B two neighbours are n numbers apart: of each piece of memory that is fetched (a cache line of
  /// 16 numbers) one number is used.
  private static void formula(int n, float[] a, float[] b, float[] c) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        float sum = 0;
        for (int p = 0; p < n; p++) {
          sum += a[i * n + p] * b[p * n + j];
        }
        c[i * n + j] = sum;
      }
    }
  }

  /// **Version 2, the loops exchanged.** Now a whole row of C grows by a multiple of a row of B.
  /// Memory is read in its order, and neighbouring additions do not wait for each other. Each
  /// $`C_{ij}`$ still receives the same terms in the same order, so the result is the same to the
  /// bit.
  private static void exchanged(int n, float[] a, float[] b, float[] c) {
    Arrays.fill(c, 0);
    for (int i = 0; i < n; i++) {
      for (int p = 0; p < n; p++) {
        float factor = a[i * n + p];
        for (int j = 0; j < n; j++) {
          c[i * n + j] += factor * b[p * n + j];
        }
      }
    }
  }

  /// **Version 3, vectors.** A processor has registers of 4, 8 or 16 floats, and an instruction
  /// that multiplies and adds all of them at once, a **fused multiply-add**. "Fused" means that it
  /// rounds once, after the addition. In Java this is the Vector API. The loop is that of version
  /// 2, by whole vectors (here n is a multiple of their length).
  private static void vectors(int n, float[] a, float[] b, float[] c) {
    Arrays.fill(c, 0);
    for (int i = 0; i < n; i++) {
      for (int p = 0; p < n; p++) {
        FloatVector factor = broadcast(SPECIES, a[i * n + p]);
        for (int j = 0; j < n; j += LANES) {
          FloatVector sum = fromArray(SPECIES, c, i * n + j);
          factor.fma(fromArray(SPECIES, b, p * n + j), sum).intoArray(c, i * n + j);
        }
      }
    }
  }

  /// **Version 4, in registers and in blocks.** In version 3 three of four instructions move data:
  /// each multiply-add loads b, loads c and stores c. But there are registers enough for a small
  /// tile of C, here 4 rows of 2 vectors. Its eight sums stay in registers while p runs over a
  /// **block** of the sum; for each p, 2 loads of b and 4 of a serve 8 multiply-adds. The block of
  /// B that a column of tiles shares, 256 rows of 2 vectors, is small enough for the first-level
  /// cache. The names say row and vector: `c2b` is row 2, vector b.
  private static void registers(int n, float[] a, float[] b, float[] c) {
    Arrays.fill(c, 0);
    for (int p0 = 0; p0 < n; p0 += 256) {
      for (int j = 0; j < n; j += 2 * LANES) {
        for (int i = 0; i < n; i += 4) {
          tile(n, p0, Math.min(n, p0 + 256), a, i * n, b, j, c, i * n + j);
        }
      }
    }
  }

  private static void tile(
      int n, int p0, int end, float[] a, int a0, float[] b, int b0, float[] c, int c0) {
    FloatVector c0a = zero(SPECIES);
    FloatVector c0b = zero(SPECIES);
    FloatVector c1a = zero(SPECIES);
    FloatVector c1b = zero(SPECIES);
    FloatVector c2a = zero(SPECIES);
    FloatVector c2b = zero(SPECIES);
    FloatVector c3a = zero(SPECIES);
    FloatVector c3b = zero(SPECIES);
    for (int p = p0; p < end; p++) {
      FloatVector ba = fromArray(SPECIES, b, b0 + p * n);
      FloatVector bb = fromArray(SPECIES, b, b0 + p * n + LANES);
      FloatVector factor = broadcast(SPECIES, a[a0 + p]);
      c0a = factor.fma(ba, c0a);
      c0b = factor.fma(bb, c0b);
      factor = broadcast(SPECIES, a[a0 + n + p]);
      c1a = factor.fma(ba, c1a);
      c1b = factor.fma(bb, c1b);
      factor = broadcast(SPECIES, a[a0 + 2 * n + p]);
      c2a = factor.fma(ba, c2a);
      c2b = factor.fma(bb, c2b);
      factor = broadcast(SPECIES, a[a0 + 3 * n + p]);
      c3a = factor.fma(ba, c3a);
      c3b = factor.fma(bb, c3b);
    }
    add(c0a, c0b, c, c0);
    add(c1a, c1b, c, c0 + n);
    add(c2a, c2b, c, c0 + 2 * n);
    add(c3a, c3b, c, c0 + 3 * n);
  }

  private static void add(FloatVector a, FloatVector b, float[] c, int at) {
    fromArray(SPECIES, c, at).add(a).intoArray(c, at);
    fromArray(SPECIES, c, at + LANES).add(b).intoArray(c, at + LANES);
  }

  /// **Version 5, the engine's.** [MatMul] goes on in the same direction: larger tiles where there
  /// are more registers (6 rows of 4 vectors with AVX-512), B copied into panels so that a tile
  /// reads it in one sequence, blocks for the second-level cache, and any sizes. The copies lie in
  /// memory that the allocator lends, the same at each call.
  private static void engine(Allocator allocator, int n, float[] a, float[] b, float[] c) {
    Tensor left = Tensor.of(Shape.of(n, n), a);
    Tensor right = Tensor.of(Shape.of(n, n), b);
    Tensor product = Tensor.of(Shape.of(n, n), c);
    MatMul.multiplyInto(allocator, left, false, right, false, product, false);
  }

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("sameNumbers", this::sameNumbers),
        new Section("roof", this::roof),
        new Section("measured", this::measured),
        new Section("winogradByHand", this::winogradByHand),
        new Section("largerTiles", this::largerTiles),
        new Section("rounding", this::rounding),
        new Section("questions", this::questions));
  }

  /// One of the versions above.
  @FunctionalInterface
  private interface Product {
    void multiply(int n, float[] a, float[] b, float[] c);
  }

  private static final String FORMULA = "1 the formula";

  private static Map<String, Product> versions() {
    Map<String, Product> versions = new LinkedHashMap<>();
    versions.put(FORMULA, Chapter09Limit::formula);
    versions.put("2 loops exchanged", Chapter09Limit::exchanged);
    versions.put("3 vectors", Chapter09Limit::vectors);
    versions.put("4 in registers", Chapter09Limit::registers);
    Allocator lent = Tape.off(new BufferPool());
    versions.put("5 the engine's", (n, a, b, c) -> engine(lent, n, a, b, c));
    return versions;
  }

  /// ## The same numbers
  ///
  /// Fast and wrong is easy, so first: all versions compute the same. Versions 1 and 2 agree to the
  /// bit. The others use fused multiply-adds, which round less, and version 4 adds the sums of
  /// blocks; so they differ by rounding.
  ///
  /// How much is that? A float has 24 binary digits, so one rounding errs by at most $`2^{-24} = 6
  /// \cdot 10^{-8}`$ of the number, up or down. The elements of C are sums of 96 products of normal
  /// numbers, so their size is about $`\sqrt{96}`$, and errors of 96 roundings mostly cancel each
  /// other. We compare with a product in double, as a share of the largest element.
  public void sameNumbers(Page page) {
    int n = 96;
    float[] a = page.rng().normal(Tensor.zeros(n, n)).toArray();
    float[] b = page.rng().normal(Tensor.zeros(n, n)).toArray();
    double[] exact = inDouble(n, a, b);
    float[] first = new float[n * n];
    formula(n, a, b, first);
    versions()
        .forEach(
            (name, version) -> {
              float[] c = new float[n * n];
              version.multiply(n, a, b, c);
              page.check(name + ".", error(c, exact).largest(), 0, Tolerance.FLOATS);
              if (name.startsWith("2")) {
                int same = Arrays.equals(c, first) ? 1 : 0;
                page.check("Same bits as version 1 (1: yes).", same, 1, Tolerance.DOUBLES);
              }
            });
  }

  private static double[] inDouble(int n, float[] a, float[] b) {
    double[] c = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int p = 0; p < n; p++) {
        for (int j = 0; j < n; j++) {
          c[i * n + j] += (double) a[i * n + p] * b[p * n + j];
        }
      }
    }
    return c;
  }

  /// The largest and the root mean square difference, as a share of the largest element.
  private record Errors(double largest, double meanSquare) {}

  private static Errors error(float[] values, double... exact) {
    double size = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
    double[] errors =
        IntStream.range(0, exact.length)
            .mapToDouble(i -> Math.abs(values[i] - exact[i]) / size)
            .toArray();
    double squares = Arrays.stream(errors).map(e -> e * e).sum();
    return new Errors(
        Arrays.stream(errors).max().orElseThrow(), Math.sqrt(squares / errors.length));
  }

  /// ## The roof
  ///
  /// How fast could it be at best? A product of $`n \times n`$ matrices takes $`n^3`$
  /// multiply-adds, on $`3 n^2`$ numbers. For large n there is far more arithmetic than data, so
  /// the limit is how many multiply-adds a core can do. We measure this limit, the **roof**: twelve
  /// sums in registers that grow by multiply-adds and read no memory at all. Why twelve, not one? A
  /// core starts two multiply-adds in each cycle and has their results some four cycles later: with
  /// one sum, each would wait for the one before, as in version 1.
  ///
  /// What follows is in multiply-adds of numbers, on one thread; a multiply-add is often counted as
  /// two operations. Times are those of the fastest of many runs, as everything that disturbs a
  /// measurement makes it longer.
  public void roof(Page page) {
    int patience = page.count(1_000, 200);
    double one = rate(patience, 0, ROUNDS, () -> oneSum(ROUNDS));
    double roof = roof(patience, 4 * one);
    page.table(
        "Multiply-adds a second on this machine, with vectors of "
            + VectorSupport.bits()
            + " bits.",
        new Table("", "billions a second")
            .row("one sum of floats", digits(one))
            .row("twelve sums of vectors", digits(roof)));
    page.checkAtLeast("The roof over one sum.", roof / one, 4);
  }

  /// Multiply-adds a second, in billions, of work that makes so many. It is repeated until no run
  /// was faster for some time: meanwhile the JVM compiles it, first badly and then well. On a busy
  /// machine that can take seconds, so we wait up to half a minute for a rate that is expected.
  private static double rate(int milliseconds, double expected, double count, Runnable work) {
    double best = 0;
    long patience = 1_000_000L * milliseconds;
    long start = System.nanoTime();
    long last = start;
    long now = start;
    while (now - last < patience || (best < expected && now - start < LONGEST)) {
      long before = System.nanoTime();
      work.run();
      now = System.nanoTime();
      double rate = count / (now - before);
      if (rate > 1.02 * best) {
        last = now;
      }
      best = Math.max(best, rate);
    }
    return best;
  }

  private static final long LONGEST = 30_000_000_000L;

  private static final int ROUNDS = 1 << 14;

  private static double roof(int milliseconds, double expected) {
    return rate(milliseconds, expected, 12.0 * LANES * ROUNDS, () -> twelveSums(ROUNDS));
  }

  private static void oneSum(int rounds) {
    float sum = 1;
    for (int round = 0; round < rounds; round++) {
      sum = Math.fma(sum, 0.5f, 1);
    }
    require(sum);
  }

  private static void twelveSums(int rounds) {
    FloatVector half = broadcast(SPECIES, 0.5f);
    FloatVector one = broadcast(SPECIES, 1);
    FloatVector a = one;
    FloatVector b = one;
    FloatVector c = one;
    FloatVector d = one;
    FloatVector e = one;
    FloatVector f = one;
    FloatVector g = one;
    FloatVector h = one;
    FloatVector i = one;
    FloatVector j = one;
    FloatVector k = one;
    FloatVector l = one;
    for (int round = 0; round < rounds; round++) {
      a = a.fma(half, one);
      b = b.fma(half, one);
      c = c.fma(half, one);
      d = d.fma(half, one);
      e = e.fma(half, one);
      f = f.fma(half, one);
      g = g.fma(half, one);
      h = h.fma(half, one);
      i = i.fma(half, one);
      j = j.fma(half, one);
      k = k.fma(half, one);
      l = l.fma(half, one);
    }
    FloatVector sums = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h);
    require(sums.add(i).add(j).add(k).add(l).lane(0) / 12);
  }

  /// All these sums go to 2. A result that nobody reads would not be computed.
  private static void require(float sum) {
    if (Math.abs(sum - 2) > 1e-3) {
      throw new IllegalStateException("sum: " + sum);
    }
  }

  /// ## Measured
  ///
  /// Each version on matrices of several sizes. The figure's axis upwards is logarithmic: equal
  /// distances are equal factors. Look for three things. Version 1 falls as the matrices grow, when
  /// a column of B no longer stays in the fast memory near the core. Version 3 is several times as
  /// fast as version 2, but not by the length of a vector, since it moves more than it computes.
  /// And only what keeps its sums in registers comes near the roof.
  ///
  /// Bare times are true of one machine and one day. What we state is what holds anywhere: the
  /// engine's product is at least twice as fast as the formula (as a rule it is a factor of 20 and
  /// more), and nothing is above the roof (with a factor of 2 for a processor that changes its
  /// clock, and for other work on it).
  public void measured(Page page) {
    int patience = page.count(1_000, 200);
    double roof = roof(patience, 0);
    int[] sizes = page.count(1, 0) == 1 ? new int[] {64, 128, 256, 512} : SMALL;
    double[] n = IntStream.of(sizes).asDoubleStream().toArray();
    List<Line> lines = new ArrayList<>();
    Map<String, Double> largest = new LinkedHashMap<>();
    versions()
        .forEach(
            (name, version) -> {
              double[] rates = new double[sizes.length];
              for (int i = sizes.length - 1; i >= 0; i--) {
                // The largest first: there the JVM compiles.
                boolean first = i == sizes.length - 1;
                double expected =
                    first && name.startsWith("5") ? 2 * largest.getOrDefault(FORMULA, 0.0) : 0;
                rates[i] =
                    rate(first ? patience : page.count(400, 20), expected, version, sizes[i]);
              }
              lines.add(new Line(name, n, rates, Look.MARKED));
              largest.put(name, rates[sizes.length - 1]);
            });
    double[] level = new double[sizes.length];
    Arrays.fill(level, roof);
    lines.add(new Line("the roof", n, level, Look.GUIDE));
    page.figure(
        "Multiply-adds a second of one thread, by the size of the matrices.",
        new LineChart(
                "From the formula to the roof",
                Axis.log("n, rows and columns"),
                Axis.log("billions of multiply-adds a second"),
                Legend.OUTSIDE,
                lines)
            .sized(1100, 560));
    Table table = new Table("version", "billions a second", "share of the roof");
    largest.forEach((name, rate) -> table.row(name, digits(rate), digits(rate / roof)));
    page.table("The largest matrices, n = " + sizes[sizes.length - 1] + ".", table);
    double engine = largest.getOrDefault("5 the engine's", 0.0);
    double formula = largest.getOrDefault(FORMULA, Double.NaN);
    page.checkAtLeast("The engine's product over the formula.", engine / formula, 2);
    page.checkAtMost("The engine's product over the roof.", engine / roof, 2);
  }

  /// A number with three digits after the point: more would change from run to run.
  private static double digits(double number) {
    return Math.rint(1e3 * number) / 1e3;
  }

  private static final int[] SMALL = {32, 64};

  private static double rate(int milliseconds, double expected, Product version, int n) {
    float[] a = new Rng(9, 0, 0, 0).normal(Tensor.zeros(n, n)).toArray();
    float[] b = new Rng(9, 0, 0, 1).normal(Tensor.zeros(n, n)).toArray();
    float[] c = new float[n * n];
    return rate(milliseconds, expected, Math.pow(n, 3), () -> version.multiply(n, a, b, c));
  }

  /// ## Fewer multiplications: two pixels by hand
  ///
  /// At the roof one can only win by computing less. A window of three weights, on a line of
  /// pixels, computes two neighbours of the output from four of the input:
  ///
  /// ```math
  /// y_0 = d_0 g_0 + d_1 g_1 + d_2 g_2 , \qquad y_1 = d_1 g_0 + d_2 g_1 + d_3 g_2 ,
  /// ```
  ///
  /// six multiplications. Winograd's method, called F(2, 3) for two outputs and three weights,
  /// takes four:
  ///
  /// ```math
  /// \begin{aligned}
  /// m_1 &= (d_0 - d_2)\, g_0 , & m_2 &= (d_1 + d_2)\, \tfrac{g_0 + g_1 + g_2}{2} , \\
  /// m_3 &= (d_2 - d_1)\, \tfrac{g_0 - g_1 + g_2}{2} , & m_4 &= (d_1 - d_3)\, g_2 , \\
  /// y_0 &= m_1 + m_2 + m_3 , & y_1 &= m_2 - m_3 - m_4 .
  /// \end{aligned}
  /// ```
  ///
  /// Multiply it out: in $`m_2 + m_3`$ the terms $`d_1 g_0`$ and $`d_2 g_1 / 2`$ and so on cancel
  /// or add up, and $`d_1 g_1 + d_2 (g_0 + g_2)`$ is left; with $`m_1 = d_0 g_0 - d_2 g_0`$ this is
  /// $`y_0`$. The sums of weights are made once and serve all pixels, so they do not count. The
  /// sums of pixels do; but they serve all output channels.
  ///
  /// Numbers: let $`d = (1, 2, 3, 4)`$ and $`g = (1, 2, 4)`$. Directly, $`y_0 = 1 + 4 + 12 = 17`$
  /// and $`y_1 = 2 + 6 + 16 = 24`$. By the method $`m = (-2, 17.5, 1.5, -8)`$, so $`y_0`$ is the
  /// sum of the first three, 17, and $`y_1 = 17.5 - 1.5 + 8 = 24`$.
  public void winogradByHand(Page page) {
    double[] d = {1, 2, 3, 4};
    double[] g = {1, 2, 4};
    double m1 = (d[0] - d[2]) * g[0];
    double m2 = (d[1] + d[2]) * (g[0] + g[1] + g[2]) / 2;
    double m3 = (d[2] - d[1]) * (g[0] - g[1] + g[2]) / 2;
    double m4 = (d[1] - d[3]) * g[2];
    Tensor line = Tensor.of(Shape.of(1, 1, 4, 1), 1, 2, 3, 4);
    Tensor window = Tensor.of(Shape.of(1, 3, 1, 1), 1, 2, 4);
    Tensor y = Convolution.of(1, 0).forward(Allocator.HEAP, line, window, Tensor.zeros(1));
    page.check("The first pixel.", m1 + m2 + m3, 17, Tolerance.DOUBLES);
    page.check("The second.", m2 - m3 - m4, 24, Tolerance.DOUBLES);
    page.check("By Haze's convolution.", y.get(0, 0, 0, 0), 17, Tolerance.FLOATS);
    page.check("The second.", y.get(0, 0, 1, 0), 24, Tolerance.FLOATS);
  }

  /// ## Larger tiles, and two directions
  ///
  /// In matrices the method is $`y = A^\top [ (G g) \odot (B^\top d) ]`$: transform weights and
  /// pixels, multiply element by element, transform back. Behind it stands the multiplication of
  /// polynomials: a polynomial is known by its values at enough points, and values are multiplied
  /// point by point. F(2, 3) uses the points 0, 1, -1 and infinity. With 2 and -2 as well there are
  /// six points, and four outputs: F(4, 3), six multiplications instead of twelve. The matrices are
  /// below (Lavin and Gray 2016).
  ///
  /// In two directions the method is applied to the rows, and in them to the columns: F(4x4, 3x3)
  /// computes a tile of 4x4 pixels with $`6 \cdot 6 = 36`$ multiplications, where the formula takes
  /// $`16 \cdot 9 = 144`$. That is what the engine does for all 3x3 convolutions of enough
  /// channels: the 36 products, over all tiles and channels, are 36 matrix products, at the roof.
  ///
  /// We check the matrices on random numbers in double; only rounding is left.
  public void largerTiles(Page page) {
    double[] d = page.rng().normal(Tensor.zeros(6)).toDoubles();
    double[] g = page.rng().normal(Tensor.zeros(3)).toDoubles();
    double[] v = times(INPUT, d);
    double[] u = times(WEIGHTS, g);
    double[] products = IntStream.range(0, 6).mapToDouble(i -> u[i] * v[i]).toArray();
    double[] y = times(OUTPUT, products);
    for (int i = 0; i < 4; i++) {
      double direct = d[i] * g[0] + d[i + 1] * g[1] + d[i + 2] * g[2];
      page.check("Output " + i + ": the difference.", y[i] - direct, 0, Tolerance.DOUBLES);
    }
    page.check("The formula's products over its own.", 144.0 / 36, 4, Tolerance.DOUBLES);
  }

  /// $`B^\top`$ of F(4, 3).
  private static final double[][] INPUT = {
    {4, 0, -5, 0, 1, 0},
    {0, -4, -4, 1, 1, 0},
    {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0},
    {0, 2, -1, -2, 1, 0},
    {0, 4, 0, -5, 0, 1}
  };

  /// $`G`$ of F(4, 3).
  private static final double[][] WEIGHTS = {
    {1 / 4.0, 0, 0},
    {-1 / 6.0, -1 / 6.0, -1 / 6.0},
    {-1 / 6.0, 1 / 6.0, -1 / 6.0},
    {1 / 24.0, 1 / 12.0, 1 / 6.0},
    {1 / 24.0, -1 / 12.0, 1 / 6.0},
    {0, 0, 1}
  };

  /// $`A^\top`$ of F(4, 3).
  private static final double[][] OUTPUT = {
    {1, 1, 1, 1, 1, 0},
    {0, 1, -1, 2, -2, 0},
    {0, 1, 1, 4, 4, 0},
    {0, 1, -1, 8, -8, 1}
  };

  private static double[] times(double[][] matrix, double... x) {
    return Arrays.stream(matrix)
        .mapToDouble(row -> IntStream.range(0, x.length).mapToDouble(i -> row[i] * x[i]).sum())
        .toArray();
  }

  /// ## What it costs in digits
  ///
  /// The method is exact in exact arithmetic. In floats it is less exact than the direct sum: the
  /// transforms multiply by up to 8 and add, the large numbers are rounded, and on the way back
  /// they cancel, but their rounding errors stay. This is why nobody uses much larger tiles: their
  /// points are larger, and the numbers grow with the powers of the points.
  ///
  /// We measure it on normally distributed images and weights, against the direct sum in double.
  /// The same convolution without Winograd is had from the engine by a trick: a 5x5 window whose
  /// border is zero is the same function, and not of the kind that the engine computes by
  /// Winograd's method. The sums of more channels are longer, and the errors grow slowly. Even the
  /// largest stays below $`2 \cdot 10^{-5}`$ of the largest value, and typical errors are less than
  /// ten times those of the direct sum: Winograd's method costs less than one decimal digit.
  public void rounding(Page page) {
    int[] channels = page.count(1, 0) == 1 ? new int[] {16, 32, 64, 128, 256} : FEW;
    double[] k = IntStream.of(channels).asDoubleStream().toArray();
    double[] winograd = new double[k.length];
    double[] largest = new double[k.length];
    double[] direct = new double[k.length];
    for (int i = 0; i < k.length; i++) {
      Tensor x = page.rng().normal(Tensor.zeros(1, 16, 16, channels[i]));
      Tensor w = page.rng().normal(Tensor.zeros(3, 3, channels[i], 16));
      double[] exact = inDouble(x, w);
      Errors errors = error(convolution(1, x, w), exact);
      winograd[i] = errors.meanSquare();
      largest[i] = errors.largest();
      direct[i] = error(convolution(2, x, withBorder(w)), exact).meanSquare();
    }
    page.figure(
        "Rounding errors of 3x3 convolutions, as a share of the largest value.",
        new LineChart(
                "Winograd's method rounds more",
                Axis.log("channels"),
                Axis.log("error"),
                Legend.OUTSIDE,
                List.of(
                    new Line("Winograd, the largest", k, largest, Look.MARKED),
                    new Line("Winograd, mean square", k, winograd, Look.MARKED),
                    new Line("direct, mean square", k, direct, Look.MARKED)))
            .sized(1100, 480));
    page.checkAtMost("The largest error.", Arrays.stream(largest).max().orElseThrow(), 2e-5);
    page.checkAtLeast(
        "16 channels: Winograd's error over the direct one.", winograd[0] / direct[0], 2);
    page.checkAtMost("And not more than a digit.", winograd[0] / direct[0], 10);
  }

  private static final int[] FEW = {16, 64};

  private static float[] convolution(int padding, Tensor x, Tensor w) {
    Tensor bias = Tensor.zeros(w.dim(3));
    return Convolution.of(1, padding).forward(Allocator.HEAP, x, w, bias).toArray();
  }

  /// The weights in the middle of a 5x5 window.
  private static Tensor withBorder(Tensor w) {
    Tensor larger = Tensor.zeros(5, 5, w.dim(2), w.dim(3));
    for (int r = 0; r < 3; r++) {
      for (int s = 0; s < 3; s++) {
        larger.at(r + 1).at(s + 1).copyFrom(w.at(r).at(s));
      }
    }
    return larger;
  }

  /// The direct sum over a window of 3x3, for one image with a border of zeros.
  private static double[] inDouble(Tensor x, Tensor w) {
    int rows = x.dim(1);
    int columns = x.dim(2);
    int in = x.dim(3);
    int out = w.dim(3);
    double[] xs = x.toDoubles();
    double[] ws = w.toDoubles();
    double[] y = new double[rows * columns * out];
    for (int pixel = 0; pixel < rows * columns; pixel++) {
      for (int tap = 0; tap < 9; tap++) {
        int row = pixel / columns + tap / 3 - 1;
        int column = pixel % columns + tap % 3 - 1;
        if (row >= 0 && row < rows && column >= 0 && column < columns) {
          for (int c = 0; c < in; c++) {
            for (int o = 0; o < out; o++) {
              y[pixel * out + o] +=
                  xs[(row * columns + column) * in + c] * ws[(tap * in + c) * out + o];
            }
          }
        }
      }
    }
    return y;
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) {
    page.question(
        "A tile of 6 rows and 4 vectors keeps 24 sums in registers. How many loads does it take for"
            + " each multiply-add, and how many does version 4 take with 4 rows and 2 vectors?",
        "For each p, 6 numbers of A and 4 vectors of B serve 24 multiply-adds: 10 / 24 = 0.417."
            + " With 4 rows and 2 vectors it is 6 / 8 = 0.75. A core can load about as often as it"
            + " can multiply and add, so both may reach the roof, but the second leaves less room.",
        (6 + 4) / (6.0 * 4),
        0.417,
        Tolerance.digits(3));
    page.question(
        "By what factor does F(2x2, 3x3) reduce the multiplications?",
        "From 4 · 9 = 36 to 4 · 4 = 16: by 2.25. F(4x4, 3x3) reduces them by 4.",
        36.0 / 16,
        2.25,
        Tolerance.DOUBLES);
    page.question(
        "A core of 3 GHz starts two multiply-adds of 16 floats in each cycle. How many milliseconds"
            + " does a product of matrices of 1,000 rows and columns take at best?",
        "1,000³ multiply-adds, 32 in a cycle: 31.25 million cycles, or 10.4 ms.",
        1e9 / 32 / 3e9 * 1e3,
        10.4,
        Tolerance.digits(1));
  }
}
