package haze.tensor;

import haze.tensor.kernel.Vectors;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Checks at the start whether this JVM runs the kernels fast: only HotSpot's optimising compiler
/// (C2) turns the Vector API into vector instructions; elsewhere every vector is an object, and a
/// kernel about a hundred times slower.
///
/// The compilers are known from the JVM's system properties. They do not show
/// `-XX:TieredStopAtLevel` of 0, 2 or 3, so these go unnoticed. Whether there is an instruction for
/// fused multiply-add is measured in some microseconds.
public final class VectorSupport {
  private static final String MODULE = "jdk.incubator.vector";

  /// Bits of the Vector API's preferred vector where the machine has no vectors it can use.
  private static final int NO_VECTORS = 64;

  /// Fused multiply-adds of a trial.
  private static final int TRIAL = 20;

  private static final int TRIALS = 3;

  /// A fused multiply-add that takes this many times as long as a multiplication and an addition is
  /// no instruction. Interpreted as well as compiled it takes about as long; without an instruction
  /// the JDK computes it with `BigDecimal`, 300 to 1,000 times slower.
  private static final int NO_INSTRUCTION = 20;

  /// A shorter time is not measured where the clock is coarse; without an instruction a trial takes
  /// 40,000 and more.
  private static final int LEAST_NANOSECONDS = 500;

  /// One, which the compiler does not know.
  private static final float ONE = Float.parseFloat("1");

  private VectorSupport() {}

  /// {@return the width in bits of the vectors that the kernels use here}
  public static int bits() {
    return Vectors.bits();
  }

  /// {@return one line: what makes the Vector API unusable or slow here, and what to do; empty if
  /// nothing does}
  public static Optional<String> problem() {
    boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
    return problem(
        key -> System.getProperty(key, ""), present ? Vectors.bits() : 0, hasFusedMultiplyAdd());
  }

  /// Whether a fused multiply-add is an instruction here. Without one a step of training takes
  /// minutes, so a program should rather stop with [#problem].
  public static boolean hasFusedMultiplyAdd() {
    // The scalar and the vector one have the same condition in HotSpot, but the scalar one is an
    // instruction in the interpreter too.
    long fused = Long.MAX_VALUE;
    long separate = Long.MAX_VALUE;
    for (int trial = 0; trial < TRIALS; trial++) {
      long start = System.nanoTime();
      float x = fused();
      long middle = System.nanoTime();
      float y = separate();
      long end = System.nanoTime();
      if (x != y) {
        throw new IllegalStateException("fused " + x + ", separate " + y);
      }
      fused = Math.min(fused, middle - start);
      separate = Math.min(separate, end - middle);
    }
    return fused < NO_INSTRUCTION * Math.max(separate, LEAST_NANOSECONDS);
  }

  private static float fused() {
    float sum = 0;
    for (int i = 0; i < TRIAL; i++) {
      sum = Math.fma(ONE, ONE, sum);
    }
    return sum;
  }

  private static float separate() {
    float sum = 0;
    for (int i = 0; i < TRIAL; i++) {
      sum = sumOfProduct(ONE, ONE, sum);
    }
    return sum;
  }

  private static float sumOfProduct(float a, float b, float c) {
    return a * b + c;
  }

  /// The same for any JVM.
  ///
  /// @param property its system properties
  /// @param bits the width of its vectors, 0 if it runs without the Vector API's module
  /// @param fused whether it has an instruction for fused multiply-add
  static Optional<String> problem(UnaryOperator<String> property, int bits, boolean fused) {
    String name = property.apply("java.vm.name");
    String info = property.apply("java.vm.info");
    String arch = property.apply("os.arch");
    if (bits == 0) {
      return Optional.of(
          "The Vector API is missing: start java with --add-modules " + MODULE + ".");
    }
    if (!name.contains("Server VM")) {
      return slow(
          "this JVM (" + name + ") has no HotSpot C2 compiler",
          "Use a HotSpot JVM, such as https://adoptium.net/temurin/releases?version=25.");
    }
    if (!fused) {
      return slow(
          "this machine (" + arch + ") or JVM has no fused multiply-add",
          "Use a CPU with FMA (x86: AVX2), let a virtual machine have it, and start java without"
              + " -XX:-UseFMA and -XX:UseAVX.");
    }
    if (info.contains("interpreted")) {
      return slow("this JVM only interprets (" + info + ")", "Start java without -Xint.");
    }
    if (info.contains("emulated-client")) {
      return slow(
          "this JVM runs without its optimising compiler C2 (" + info + ")",
          "Start java without -XX:TieredStopAtLevel, -XX:CompilationMode and"
              + " -XX:+NeverActAsServerClassMachine.");
    }
    if (bits <= NO_VECTORS) {
      return slow(
          "this machine (" + arch + ") offers vectors of " + bits + " bits",
          "Use a CPU with vectors of at least 128 bits (AVX2, NEON), and start java without"
              + " -XX:MaxVectorSize.");
    }
    return Optional.empty();
  }

  private static Optional<String> slow(String found, String advice) {
    return Optional.of("Training and sampling will be very slow: " + found + ". " + advice);
  }
}
