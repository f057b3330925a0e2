package haze.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;

/// How many floating-point operations a second one core of this machine can do at best: in the
/// report the limit of kernels that compute more than they move.
public class ArithmeticRoofBenchmark extends KernelBenchmark {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int CHAINS = 12;

  /// Floating-point operations of a call, a multiple of `2 * CHAINS` times any vector length.
  public static final int OPERATIONS = 2 * CHAINS * (1 << 20);

  private final float[] out = new float[SPECIES.length()];

  /// Fused multiply-adds that need no memory. A core starts two a cycle and has each result four
  /// cycles later, so that eight independent chains keep it busy; twelve leave some slack, and with
  /// their two constants fit in the sixteen registers of AVX2.
  @Benchmark
  public float[] fma() {
    FloatVector factor = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector term = FloatVector.broadcast(SPECIES, 1);
    FloatVector a = term;
    FloatVector b = term;
    FloatVector c = term;
    FloatVector d = term;
    FloatVector e = term;
    FloatVector f = term;
    FloatVector g = term;
    FloatVector h = term;
    FloatVector i = term;
    FloatVector j = term;
    FloatVector k = term;
    FloatVector l = term;
    int rounds = OPERATIONS / (2 * CHAINS * SPECIES.length());
    for (int round = 0; round < rounds; round++) {
      a = a.fma(factor, term);
      b = b.fma(factor, term);
      c = c.fma(factor, term);
      d = d.fma(factor, term);
      e = e.fma(factor, term);
      f = f.fma(factor, term);
      g = g.fma(factor, term);
      h = h.fma(factor, term);
      i = i.fma(factor, term);
      j = j.fma(factor, term);
      k = k.fma(factor, term);
      l = l.fma(factor, term);
    }
    a.add(b)
        .add(c)
        .add(d)
        .add(e)
        .add(f)
        .add(g)
        .add(h)
        .add(i)
        .add(j)
        .add(k)
        .add(l)
        .intoArray(out, 0);
    return out;
  }
}
