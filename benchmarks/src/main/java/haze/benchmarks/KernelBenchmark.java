package haze.benchmarks;

import haze.tensor.Allocator;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How a kernel is measured: its time for one call, on one thread. The annotations hold for every
/// class below.
///
/// A method `x` is Haze's kernel, `xScalar` beside it the same in a plain loop over arrays. What is
/// computed may not differ: a test compares the two.
// Time a call: the report makes GFLOP/s and GB/s of it, see haze.benchmarks.report.Work.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
// Until C2 has compiled a vector loop its vectors are objects and a call takes a hundred times as
// long; so slow calls
// become many only slowly. After 1.5 s the slowest of these kernels, attention, was level; the rest
// shows that it stays so.
@Warmup(iterations = 7, time = 250, timeUnit = TimeUnit.MILLISECONDS)
// A second is enough of what does not change any more: more of it would only repeat the luck of
// this JVM.
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
// Two JVMs: where code comes to lie, and what C2 makes of a loop, differs from JVM to JVM by up to
// 20 %, and within
// one JVM not at all. The error of a single JVM would be far too small. With two the whole suite
// ends within an hour;
// whoever compares two versions of a kernel asks for more of that kernel alone (-f 5).
@Fork(2)
// Arrays of its own for each measuring thread: JMH's -t 2 then asks what two cores can do together.
@State(Scope.Thread)
public abstract class KernelBenchmark {
  /// The results' memory.
  final Recycler memory = new Recycler();

  /// The arrays of the scalar twins.
  private final IdentityHashMap<Tensor, float[]> arrays = new IdentityHashMap<>();

  /// A tensor of standard normal numbers: no zeros, no denormal numbers, which some machines are
  /// slow at.
  static Tensor normal(int stream, int... dims) {
    return new Rng(1, stream, 0, 0).normal(zeros(dims));
  }

  /// A tensor where a tape would put it: on a cache line's border, see [Allocator#ALIGNED_OFFSET].
  static Tensor zeros(int... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.wrap(
        shape, new float[Allocator.ALIGNED_OFFSET + shape.size()], Allocator.ALIGNED_OFFSET);
  }

  /// A scalar twin's copy of a tensor, made at its first call: an array of its own from index 0, as
  /// plain Java has it.
  final float[] array(Tensor tensor) {
    return arrays.computeIfAbsent(tensor, Tensor::toArray);
  }

  /// The numbers in a parameter such as `64x32x28`.
  ///
  /// @param shape the parameter
  /// @param count how many numbers it has
  /// @return the numbers, all positive
  /// @throws IllegalArgumentException if it is something else
  public static int[] sizes(String shape, int count) {
    int[] sizes = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    if (sizes.length != count || Arrays.stream(sizes).anyMatch(size -> size <= 0)) {
      throw new IllegalArgumentException(
          "benchmark: shape " + shape + ", expected " + count + " positive numbers");
    }
    return sizes;
  }
}
