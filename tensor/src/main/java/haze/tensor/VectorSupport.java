package haze.tensor;

import haze.tensor.kernel.Vectors;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Checks at the start whether this JVM runs the kernels fast: only HotSpot's optimising compiler
/// (C2) turns the Vector API into vector instructions; elsewhere every vector is an object, and a
/// kernel about a hundred times slower.
///
/// Nothing is measured: the answer comes from the JVM's system properties. They do not show
/// `-XX:TieredStopAtLevel` of 0, 2 or 3, so these go unnoticed.
public final class VectorSupport {
  private static final String MODULE = "jdk.incubator.vector";

  /// Bits of the Vector API's preferred vector where the machine has no vectors it can use.
  private static final int NO_VECTORS = 64;

  /// Bits of the vectors of an x86 machine without fused multiply-add: it came with vectors of 256
  /// bits (AVX2), and without it each one is a call into `BigDecimal`. ARM has it with 128.
  private static final int X86_WITHOUT_FMA = 128;

  private VectorSupport() {}

  /// {@return the width in bits of the vectors that the kernels use here}
  public static int bits() {
    return Vectors.bits();
  }

  /// {@return one line: what makes the Vector API unusable or slow here, and what to do; empty if
  /// nothing does}
  public static Optional<String> problem() {
    boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
    return problem(key -> System.getProperty(key, ""), present ? Vectors.bits() : 0);
  }

  /// The same for any JVM.
  ///
  /// @param property its system properties
  /// @param bits the width of its vectors, 0 if it runs without the Vector API's module
  static Optional<String> problem(UnaryOperator<String> property, int bits) {
    String name = property.apply("java.vm.name");
    String info = property.apply("java.vm.info");
    String arch = property.apply("os.arch");
    boolean x86 = arch.equals("amd64") || arch.equals("x86_64");
    if (bits == 0) {
      return Optional.of(
          "The Vector API is missing: start java with --add-modules " + MODULE + ".");
    }
    if (!name.contains("Server VM")) {
      return slow(
          "this JVM (" + name + ") has no HotSpot C2 compiler",
          "Use a HotSpot JVM, such as https://adoptium.net/temurin/releases?version=25.");
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
    if (bits <= NO_VECTORS || (x86 && bits <= X86_WITHOUT_FMA)) {
      return slow(
          "this machine (" + arch + ") offers vectors of " + bits + " bits",
          x86
              ? "Use a CPU with AVX2, and start java without -XX:UseAVX and -XX:MaxVectorSize."
              : "Use a CPU with vectors of at least 128 bits (AVX2, NEON).");
    }
    return Optional.empty();
  }

  private static Optional<String> slow(String found, String advice) {
    return Optional.of("Training and sampling will be very slow: " + found + ". " + advice);
  }
}
