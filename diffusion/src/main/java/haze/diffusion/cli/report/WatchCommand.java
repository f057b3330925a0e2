package haze.diffusion.cli.report;

import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.watch.WatchServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze watch`: runs in a browser, while they go on.
@Command(
    name = "watch",
    description = {
      "Shows runs in a browser, while they go on.",
      "Serves the page of haze report on this machine, and keeps it up to date. Several runs are"
          + " compared in the same charts. Ctrl-C ends it."
    })
public final class WatchCommand implements Callable<Integer> {
  /// HAZE on the keys of a telephone.
  private static final int PORT = 4293;

  private static final int MAX_PORT = 65535;

  @Parameters(paramLabel = "RUN", arity = "1..*", description = "directories of runs")
  private List<Path> runs = List.of();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "the port; 0: a free one (default: " + PORT + ")")
  private int port = PORT;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "the address of this machine to listen on; 0.0.0.0: all of them. Whoever reaches it sees"
              + " the runs, without a password (default: 127.0.0.1, which this machine alone"
              + " reaches)")
  private String host = "127.0.0.1";

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Made by picocli.
  WatchCommand() {}

  @Override
  public Integer call() throws IOException {
    if (port < 0 || port > MAX_PORT) {
      throw new RequestException("port", "is " + port + ", expected 0 to " + MAX_PORT);
    }
    ConsoleOptions console = ConsoleOptions.of(spec);
    try (WatchServer server = WatchServer.start(runs, host, port)) {
      if (!InetAddress.getByName(host).isLoopbackAddress()) {
        console.warn("whoever reaches " + host + " sees the runs, without a password");
      }
      console.result(
          "watching",
          new JsonLine().put("address", server.address().toString()),
          "watching at " + server.address() + " (Ctrl-C ends it)");
      // Nothing is lost when the JVM ends.
      new CountDownLatch(1).await();
    } catch (BindException e) {
      throw new RequestException(
          "port",
          "is "
              + port
              + ", which cannot be listened on at "
              + host
              + " ("
              + e.getMessage()
              + "); --port 0 takes a free one");
    } catch (UnknownHostException e) {
      throw new RequestException("host", "is " + host + ", which is no address of this machine");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }
}
