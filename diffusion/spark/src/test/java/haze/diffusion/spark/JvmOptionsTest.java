package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {
  /// The build's list, with which the tests run, is the one of this release of Spark, but for a
  /// package that JDK 25 does not have: the JVM would warn of it at each start.
  @Test
  void theBuildHasSparksOptions() {
    List<String> missing = new ArrayList<>(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    missing.removeAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    assertEquals(List.of("--add-opens=java.base/sun.security.action=ALL-UNNAMED"), missing);
    assertFalse(Object.class.getModule().getPackages().contains("sun.security.action"));
  }

  @Test
  void programsOptionsAreFilledIn() {
    String options = ProgramOptions.read();
    assertTrue(options.startsWith("-XX:"), options);
    assertFalse(options.contains("${"), options);
  }
}
