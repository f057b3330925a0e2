package haze.diffusion.watch;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A headless browser with one page, driven by Chrome's DevTools protocol.
@SuppressWarnings("try") // Closing waits for the process, as a test may.
public final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome");

  private static final long SECONDS = 60;

  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<Map<String, Object>> received = new LinkedBlockingQueue<>();
  private final List<String> errors = new ArrayList<>();
  private final Process process;
  private final WebSocket socket;
  private int id;

  /// {@return the browser of this machine, if there is one}
  public static Optional<Path> find() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Starts a browser.
  ///
  /// @param profile an empty directory for its files
  public Browser(Path executable, Path profile) throws Exception {
    process =
        new ProcessBuilder(
                executable.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      socket = connect(profile.resolve("DevToolsActivePort"));
      call("Page.enable", Map.of());
      call("Runtime.enable", Map.of());
      call("Log.enable", Map.of());
    } catch (Throwable e) {
      end();
      throw e;
    }
  }

  /// Connects to the browser's page.
  ///
  /// @param port the file in which the browser says where it listens
  private WebSocket connect(Path port) throws Exception {
    await(() -> Files.exists(port) && Files.readAllLines(port).size() == 2, "the browser starts");
    String list = "http://127.0.0.1:" + Files.readAllLines(port).getFirst() + "/json/list";
    HttpResponse<String> pages =
        client.send(
            HttpRequest.newBuilder(URI.create(list)).build(), HttpResponse.BodyHandlers.ofString());
    Object page =
        Stream.of(JSON.std.arrayFrom(pages.body()))
            .filter(target -> "page".equals(((Map<?, ?>) target).get("type")))
            .findFirst()
            .orElseThrow();
    URI address = URI.create(String.valueOf(((Map<?, ?>) page).get("webSocketDebuggerUrl")));
    return client.newWebSocketBuilder().buildAsync(address, new Receiver()).join();
  }

  /// Collects the browser's messages.
  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          received.add(JSON.std.mapFrom(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /// {@return the result of a command}
  public Map<?, ?> call(String method, Map<String, ?> parameters) throws Exception {
    int call = ++id;
    String text = JSON.std.asString(Map.of("id", call, "method", method, "params", parameters));
    socket.sendText(text, true).join();
    while (true) {
      Map<String, Object> message = received.poll(SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new IllegalStateException(method + ": no answer");
      }
      if (message.get("id") instanceof Integer answered && answered == call) {
        if (message.get("result") instanceof Map<?, ?> result) {
          return result;
        }
        throw new IllegalStateException(method + ": " + message.get("error"));
      }
      note(message);
    }
  }

  private void note(Map<String, Object> event) {
    String text = String.valueOf(event.get("params"));
    switch (String.valueOf(event.get("method"))) {
      case "Runtime.exceptionThrown", "Runtime.consoleAPICalled" -> errors.add(text);
      case "Log.entryAdded" -> {
        // Browsers ask for an icon that no page names.
        if (!text.contains("favicon.ico")) {
          errors.add(text);
        }
      }
      default -> {
        // Other events are of no interest.
      }
    }
  }

  /// {@return what the page and the browser complained of so far}
  public List<String> errors() throws Exception {
    eval("1");
    return List.copyOf(errors);
  }

  /// Opens an address, and forgets the complaints of the page before.
  public void open(URI address) throws Exception {
    call("Page.navigate", Map.of("url", address.toString()));
    await(() -> eval("document.readyState").equals("complete"), "the page is loaded");
    await(() -> eval("location.href").equals(address.toString()), "the page is the one");
    errors.clear();
  }

  /// {@return the value of an expression of JavaScript, as text}
  public String eval(String expression) throws Exception {
    Map<?, ?> answer = call("Runtime.evaluate", Map.of("expression", "String(" + expression + ")"));
    if (answer.get("result") instanceof Map<?, ?> result && result.containsKey("value")) {
      return String.valueOf(result.get("value"));
    }
    throw new IllegalStateException(expression + ": " + answer);
  }

  /// Waits until an expression is true.
  public void awaitTrue(String expression) throws Exception {
    await(() -> eval(expression).equals("true"), expression);
  }

  /// The size of the window, and light or dark.
  public void look(int width, int height, boolean dark) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    String scheme = dark ? "dark" : "light";
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /// Writes what is seen of the whole page.
  public void picture(Path file) throws Exception {
    Map<?, ?> answer =
        call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    Files.write(file, Base64.getDecoder().decode(String.valueOf(answer.get("data"))));
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition, String what) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited for " + SECONDS + " s: " + what);
      }
      Thread.sleep(50);
    }
  }

  @Override
  public void close() throws Exception {
    socket.abort();
    end();
  }

  private void end() throws Exception {
    client.shutdownNow();
    List<ProcessHandle> all = process.descendants().toList();
    process.destroy();
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    // They still write into the profile's directory, which is to be deleted.
    for (ProcessHandle one : all) {
      one.destroyForcibly();
      one.onExit().get(SECONDS, TimeUnit.SECONDS);
    }
  }
}
