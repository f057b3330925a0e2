package haze.diffusion.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.report.RunFixture;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
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
    assertFails(
        1, "haze: b: no run: there is no training/config.json", "watch", run, file("b").toString());
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
    Thread watch =
        Thread.startVirtualThread(() -> haze("watch", run, "--port", "0", "--host", "0.0.0.0"));
    while (!out.toString().contains("\n")) {
      assertTrue(watch.isAlive(), () -> "ended: " + err);
      Thread.sleep(20);
    }
    assertEquals(
        "warning: whoever reaches 0.0.0.0 sees the runs, without a password",
        err.toString().strip());
    String address = out.toString().replaceFirst("(?s)watching at (\\S+) .*", "$1");
    assertTrue(URI.create(address).toURL().openConnection().getContentLength() > 0);
    watch.interrupt();
    watch.join();
  }
}
