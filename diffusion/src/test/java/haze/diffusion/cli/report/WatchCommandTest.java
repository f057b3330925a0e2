package haze.diffusion.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.report.RunFixture;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchCommandTest extends CommandHarness {
  private static final String HELP = "; see haze watch --help";

  @Test
  void aPortThatIsTakenIsSaid() throws Exception {
    String run = RunFixture.begun(file("a")).toString();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertFails(
          2,
          "haze: --port is "
              + port
              + ", which cannot be listened on at 127.0.0.1 (Address already in use);"
              + " --port 0 takes a free one"
              + HELP,
          "watch",
          run,
          "--port",
          port);
    }
  }

  @Test
  void failuresAreOneLine() throws Exception {
    String run = RunFixture.begun(file("a")).toString();
    assertFails(1, "haze: b: no such directory", "watch", run, file("b").toString());
    assertFails(
        1,
        "haze: .: no run: there is no training/config.json; runs in it: ./a",
        "watch",
        directory.resolve(".").toString());
    assertFails(1, "haze: a: is given twice", "watch", run, run);
    assertFails(
        1,
        "haze: ./a: is given twice, as a too",
        "watch",
        run,
        directory.resolve(".").resolve("a").toString());
    assertFails(
        2, "haze: --port is 65536, expected 0 to 65535" + HELP, "watch", run, "--port", "65536");
    assertFails(
        2,
        "haze: --host is no.such.host.invalid, which is no address of this machine" + HELP,
        "watch",
        run,
        "--host",
        "no.such.host.invalid");
  }

  @Test
  void theAddressIsPrintedAndOthersAreWarnedOf() throws Exception {
    String run = RunFixture.begun(file("a")).toString();
    for (String[] options : new String[][] {{}, {"--json"}, {"--quiet"}}) {
      String printed = watched(run, options);
      String warning = "warning: whoever reaches 0.0.0.0 sees the runs, without a password\n";
      String event =
          "{\"event\":\"warning\",\"message\":\"whoever reaches 0.0.0.0 sees the runs, without a"
              + " password\"}\n";
      switch (options.length == 0 ? "" : options[0]) {
        case "" -> assertTrue(printed.startsWith(warning), printed);
        case "--json" -> assertTrue(printed.startsWith(event), printed);
        default -> assertEquals(warning, err.toString());
      }
    }
  }

  /// What is printed up to the address, at which the page is.
  private String watched(String run, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("watch", run, "--port", "0", "--host", "0.0.0.0"));
    command.addAll(List.of(options));
    out.getBuffer().setLength(0);
    Thread watch = Thread.startVirtualThread(() -> haze(command.toArray(String[]::new)));
    while (!(out.toString().contains("http://") && out.toString().endsWith("\n"))) {
      assertTrue(watch.isAlive(), () -> "ended: " + err);
      Thread.sleep(20);
    }
    String printed = out.toString().replace(System.lineSeparator(), "\n");
    String address = printed.replaceFirst("(?s).*(http://[^\" ]+).*", "$1");
    assertTrue(URI.create(address).toURL().openConnection().getContentLength() > 0);
    watch.interrupt();
    watch.join();
    return printed;
  }
}
