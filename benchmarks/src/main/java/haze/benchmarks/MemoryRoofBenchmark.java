package haze.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// How many bytes a second one core can read and write in each level of its memory: in the report
/// the limit of kernels that move more than they compute. Copy and triad of the STREAM benchmark
/// (McCalpin 1995), which does not count a cache line that is fetched only to be overwritten, and
/// an update in place.
public class MemoryRoofBenchmark extends KernelBenchmark {
  /// The size of all arrays of a call together: for the first-level cache, the second, the third
  /// (where it is large, as on servers, two sizes), and memory.
  @Param({"24", "1024", "16384", "131072", "524288"})
  String kilobytes;

  private float[] from;
  private float[] with;
  private float[] to;

  @Setup
  public void setUp() {
    int floats = Integer.parseInt(kilobytes) * (1024 / Float.BYTES);
    from = normal(0, floats / 3).toArray();
    with = normal(1, floats / 3).toArray();
    to = new float[floats / 3];
  }

  /// One array read, one written; two thirds of the arrays.
  @Benchmark
  public float[] copy() {
    System.arraycopy(from, 0, to, 0, to.length);
    return to;
  }

  /// Two arrays read, one written. C2 vectorises this loop.
  @Benchmark
  public float[] triad() {
    for (int i = 0; i < to.length; i++) {
      to[i] = from[i] + 0.5f * with[i];
    }
    return to;
  }

  /// Every array read and written in place, as an optimizer does with weights: nothing is fetched
  /// only to be overwritten, so that this can be the fastest of the three.
  @Benchmark
  public float[] update() {
    update(from);
    update(with);
    update(to);
    return to;
  }

  private static void update(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = 0.5f * x[i] + 1;
    }
  }
}
