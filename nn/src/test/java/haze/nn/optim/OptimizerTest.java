package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  private static final Map<String, IntFunction<Optimizer>> OPTIMIZERS =
      Map.of(
          "adam", n -> new Adam(n, 0.9, 0.99, 1e-6, 0.1),
          "adamw", AdamW::new,
          "plain", n -> new Sgd(n, 0, 0.1, false),
          "heavy", n -> new Sgd(n, 0.9, 0.1, false),
          "ahead", n -> new Sgd(n, 0.9, 0.1, true));

  private static float[] normal(Random random, int size) {
    float[] x = new float[size];
    for (int i = 0; i < size; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.of(OPTIMIZERS.keySet());
  }

  @Property(tries = 300)
  void theCutsOfTheRangesDoNotChangeABit(
      @ForAll("names") String name,
      @ForAll @IntRange(min = 1, max = 3000) int size,
      @ForAll @IntRange(max = 9) int cuts,
      @ForAll long seed) {
    var random = new Random(seed);
    float[] whole = normal(random, size);
    float[] cut = whole.clone();
    var one = OPTIMIZERS.get(name).apply(size);
    var many = OPTIMIZERS.get(name).apply(size);
    for (int step = 1; step <= 3; step++) {
      float[] gradient = normal(random, size);
      one.update(whole, gradient, 0.7f, 1e-2, step, 0, size);
      int[] ends = random.ints(cuts + 1, 0, size + 1).sorted().toArray();
      ends[cuts] = size;
      for (int i = cuts; i >= 0; i--) {
        many.update(cut, gradient, 0.7f, 1e-2, step, i == 0 ? 0 : ends[i - 1], ends[i]);
      }
    }
    assertArrayEquals(bits(whole), bits(cut));
    one.state().forEach((k, v) -> assertArrayEquals(bits(v), bits(many.state().get(k)), k));
  }

  private static int[] bits(float[] x) {
    int[] bits = new int[x.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(x[i]));
    return bits;
  }

  /// The textbook's recursion for one weight in double; golden values for Nesterov and plain steps
  /// with weight decay do not exist.
  @Property(tries = 100)
  void stochasticDescentFollowsItsFormula(
      @ForAll boolean momentum, @ForAll boolean nesterov, @ForAll long seed) {
    double mu = momentum ? 0.8 : 0;
    var sgd = new Sgd(1, mu, 0.1, nesterov && momentum);
    var random = new Random(seed);
    float[] w = normal(random, 1);
    double expected = w[0];
    double b = 0;
    for (int step = 1; step <= 20; step++) {
      float[] gradient = normal(random, 1);
      sgd.update(w, gradient, 0.5f, 0.05, step, 0, 1);
      double g = 0.5 * gradient[0] + 0.1 * expected;
      b = mu * b + g;
      expected -= 0.05 * (nesterov && momentum ? g + mu * b : b);
      assertEquals(expected, w[0], 1e-5);
    }
  }

  @Property(tries = 100)
  void aScaledGradientIsTheSameAsALongerOne(@ForAll("names") String name, @ForAll long seed) {
    int size = 33;
    var random = new Random(seed);
    float[] w = normal(random, size);
    float[] u = w.clone();
    float[] gradient = normal(random, size);
    float[] quarter = gradient.clone();
    for (int i = 0; i < size; i++) {
      quarter[i] *= 0.25f;
    }
    OPTIMIZERS.get(name).apply(size).update(w, gradient, 0.25f, 0.1, 1, 0, size);
    OPTIMIZERS.get(name).apply(size).update(u, quarter, 1, 0.1, 1, 0, size);
    assertArrayEquals(w, u);
  }

  @Test
  void theStateRestoresAnOptimizer() {
    OPTIMIZERS.forEach(
        (name, make) -> {
          int size = 20;
          var random = new Random(1);
          float[] w = normal(random, size);
          var first = make.apply(size);
          for (int step = 1; step <= 3; step++) {
            first.update(w, normal(random, size), 1, 0.1, step, 0, size);
          }
          var second = make.apply(size);
          first
              .state()
              .forEach(
                  (key, saved) -> System.arraycopy(saved, 0, second.state().get(key), 0, size));
          float[] u = w.clone();
          float[] gradient = normal(random, size);
          first.update(w, gradient, 1, 0.1, 4, 0, size);
          second.update(u, gradient, 1, 0.1, 4, 0, size);
          assertArrayEquals(w, u, name);
          assertThrows(UnsupportedOperationException.class, () -> first.state().clear());
        });
    assertEquals(Map.of(), new Sgd(20, 0, 0, false).state());
  }

  @Test
  void whatIsOutsideTheRangeStays() {
    OPTIMIZERS.forEach(
        (name, make) -> {
          float[] w = {1, 2, 3, 4};
          make.apply(4).update(w, new float[] {1, 1, 1, 1}, 1, 0.1, 1, 1, 3);
          assertEquals(1, w[0], name);
          assertEquals(4, w[3], name);
          assertTrue(w[1] != 2 && w[2] != 3, name);
        });
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  @Test
  void impossibleArgumentsAreRefused() {
    float[] w = new float[4];
    OPTIMIZERS.forEach(
        (kind, make) -> {
          var optimizer = make.apply(4);
          String name = kind.startsWith("adam") ? kind : "sgd";
          assertRefused(
              name + ": arrays differ in size: 4 and 5",
              () -> optimizer.update(w, new float[5], 1, 0.1, 1, 0, 4));
          assertRefused(
              name + ": arrays differ in size: 4 and 3",
              () -> optimizer.update(new float[3], w, 1, 0.1, 1, 0, 3));
          assertRefused(
              name + ": no range 3 to 5 in 4 elements",
              () -> optimizer.update(w, w, 1, 0.1, 1, 3, 5));
          assertRefused(
              name + ": no range -1 to 2 in 4 elements",
              () -> optimizer.update(w, w, 1, 0.1, 1, -1, 2));
          assertRefused(
              name + ": no range 3 to 2 in 4 elements",
              () -> optimizer.update(w, w, 1, 0.1, 1, 3, 2));
          assertRefused(
              name + ": steps count from 1, not 0", () -> optimizer.update(w, w, 1, 0.1, 0, 0, 4));
          assertRefused(
              name + ": learning rate: expected at least 0, not NaN",
              () -> optimizer.update(w, w, 1, Double.NaN, 1, 0, 4));
        });
    assertRefused("adam: beta1: expected 0 <= x < 1, not 1.0", () -> new Adam(1, 1, 0, 0, 0));
    assertRefused("adamw: beta2: expected 0 <= x < 1, not -0.1", () -> new AdamW(1, 0, -0.1, 0, 0));
    assertRefused(
        "adam: epsilon: expected at least 0, not Infinity",
        () -> new Adam(1, 0, 0, Double.POSITIVE_INFINITY, 0));
    assertRefused(
        "adamw: weight decay: expected at least 0, not -1.0", () -> new AdamW(1, 0, 0, 0, -1));
    assertRefused("sgd: Nesterov's step needs a momentum above 0", () -> new Sgd(1, 0, 0, true));
  }
}
