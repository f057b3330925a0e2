package haze.diffusion.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import haze.diffusion.ChildJvm;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterruptTest {
  /// Long enough for a second signal to come within it on a busy machine.
  private static final Duration GRACE = Duration.ofSeconds(4);

  /// Work of one endless step.
  static final class Endless {
    private Endless() {}

    public static void main(String[] args) throws Exception {
      try (Interrupt interrupt = new Interrupt(false, GRACE)) {
        System.out.println("ready");
        while (!interrupt.isRequested()) {
          Thread.sleep(1);
        }
        System.out.println("asked");
        Thread.sleep(Duration.ofMinutes(1));
      }
    }
  }

  /// A file that takes a while.
  static final class Slow {
    private Slow() {}

    public static void main(String[] args) throws Exception {
      try (Interrupt interrupt = Interrupt.delay()) {
        System.out.println("ready");
        while (!interrupt.isRequested()) {
          Thread.sleep(1);
        }
        System.out.println("written");
      }
      System.out.println("not reached");
    }
  }

  /// Work that has nothing to save until it begins.
  static final class Prepared {
    private Prepared() {}

    public static void main(String[] args) throws Exception {
      try (Interrupt interrupt = Interrupt.atOnce(() -> System.out.println("nothing to save"))) {
        if (args.length > 0) {
          interrupt.begin();
        }
        System.out.println("ready");
        while (!interrupt.isRequested()) {
          Thread.sleep(1);
        }
        System.out.println("saved");
        System.exit(interrupt.exitCode());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT,130", "TERM,143", "HUP,129"})
  void beforeTheWorkBeginsASignalEndsTheJvmAtOnce(String signal, int code) throws Exception {
    assumeFalse(ChildJvm.ignores(signal));
    for (String[] arguments : List.of(new String[0], new String[] {"begin"})) {
      try (ChildJvm child = ChildJvm.start(Prepared.class, arguments)) {
        assertEquals("ready", child.line());
        child.signal(signal);
        assertEquals(arguments.length == 0 ? "nothing to save" : "saved", child.rest());
        assertEquals(code, child.exitCode());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT,130", "TERM,143", "HUP,129"})
  void afterTheGraceAnotherSignalEndsTheJvmAtOnce(String signal, int code) throws Exception {
    assumeFalse(ChildJvm.ignores(signal));
    try (ChildJvm child = ChildJvm.start(Endless.class)) {
      assertEquals("ready", child.line());
      child.signal("TERM");
      assertEquals("asked", child.line());
      child.signal(signal);
      Thread.sleep(200);
      assertEquals(true, child.isAlive());
      Thread.sleep(GRACE);
      child.signal(signal);
      assertEquals(code, child.exitCode());
    }
  }

  @ParameterizedTest
  @CsvSource({"INT,130", "TERM,143", "HUP,129"})
  void aFileIsWrittenToItsEnd(String signal, int code) throws Exception {
    assumeFalse(ChildJvm.ignores(signal));
    try (ChildJvm child = ChildJvm.start(Slow.class)) {
      assertEquals("ready", child.line());
      child.signal(signal);
      assertEquals("written", child.line());
      assertEquals(code, child.exitCode());
      assertEquals(null, child.line());
    }
  }

  @Test
  void withoutASignalThereIsNoExitCode() {
    try (Interrupt interrupt = new Interrupt()) {
      assertEquals(false, interrupt.isRequested());
      assertThrows(IllegalStateException.class, interrupt::exitCode);
    }
  }
}
