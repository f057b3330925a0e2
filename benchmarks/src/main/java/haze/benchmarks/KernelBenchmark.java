package haze.benchmarks;

import haze.tensor.Allocator;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
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

/// How a kernel is measured: its time for one call, on one thread. Subclasses inherit the
/// annotations.
///
/// A method `x` is Haze's kernel, `xScalar` beside it the same in a plain loop over arrays; a test
/// compares their results.
// Time for one call: the report makes GFLOP/s and GB/s of it, see haze.benchmarks.report.Work.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
// Until C2 has compiled a vector loop its vectors are objects and a call takes a hundred times as
// long, so that the calls that C2 counts become many only slowly. After 1.5 s the time of the
// slowest
// of these kernels, attention, no longer fell; the rest shows that it stays so.
@Warmup(iterations = 7, time = 250, timeUnit = TimeUnit.MILLISECONDS)
// A second is enough of what does not change any more: a longer one would only measure the layout
// of
// code and arrays in this JVM more exactly.
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
// Two JVMs: where code is placed, and what C2 makes of a loop, differs from JVM to JVM and moves a
// score by up to 20 %; within one JVM it does not change, so that the error from a single one would
// be
// far too small. With two the whole suite ends within an hour. To compare two versions of a kernel,
// run that kernel alone in more (-f 5).
//
// The Vector API is an incubator module, which each JVM has to be given. Prepended, since
// -jvmArgsAppend
// on the command line replaces what an annotation appends.
@Fork(value = 2, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
// Each measuring thread has arrays of its own: JMH's -t 2 then measures what two cores do together.
@State(Scope.Thread)
public abstract class KernelBenchmark {
  /// A positive number with few enough digits for an int.
  private static final String SIZE = "[1-9][0-9]{0,8}";

  /// The memory of results.
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
  /// plain Java code has.
  final float[] array(Tensor tensor) {
    return arrays.computeIfAbsent(tensor, Tensor::toArray);
  }

  /// The numbers in a parameter such as `64x32x28`.
  ///
  /// @throws IllegalArgumentException if it is not as many positive numbers with `x` between them
  public static int[] sizes(String parameter, int count) {
    String[] parts = parameter.split("x", -1);
    if (parts.length != count || !Arrays.stream(parts).allMatch(part -> part.matches(SIZE))) {
      throw new IllegalArgumentException(
          "benchmark: parameter %s, expected %d positive numbers, such as %s"
              .formatted(parameter, count, String.join("x", Collections.nCopies(count, "64"))));
    }
    return Arrays.stream(parts).mapToInt(Integer::parseInt).toArray();
  }
}
