package haze.diffusion.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.report.RunFixture;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchServerTest {
  private static final String LOOPBACK = "127.0.0.1";
  private static final long MOST_NANOS = 20_000_000_000L;

  @TempDir Path directory;

  private Path run;
  private WatchServer server;

  @BeforeEach
  void start() throws IOException {
    run = RunFixture.begun(directory.resolve("a"));
    RunFixture.steps(run, 1, 10);
    RunFixture.samples(run, 5);
    server = WatchServer.start(List.of(run), LOOPBACK, 0);
  }

  @AfterEach
  void close() {
    server.close();
  }

  /// The answer to a request, byte for byte as it is given.
  private String ask(String request) throws IOException {
    try (Socket socket = new Socket(LOOPBACK, server.address().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private String get(String path) throws IOException {
    return ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private static void assertStatus(int status, String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
  }

  @Test
  void pageStyleAndScriptsAreServed() throws IOException {
    for (String path : List.of("/", "/report.css", "/chart.js", "/report.js", "/data")) {
      String answer = get(path);
      assertStatus(200, answer);
      assertTrue(answer.contains("Content-security-policy: default-src 'none'; script-src 'self'"));
      assertTrue(answer.contains("Cache-control: no-store"));
      assertTrue(answer.contains("X-content-type-options: nosniff"));
      assertTrue(answer.contains("Cross-origin-resource-policy: same-origin"));
    }
  }

  @Test
  void whatIsNewAloneIsSent() throws Exception {
    assertTrue(get("/data").contains("\"from\":0,\"steps\":[1,2,3,4,5,6,7,8,9,10]"));
    RunFixture.steps(run, 11, 12);
    // The files are looked at twice a second.
    String answer = get("/data?known=1.1.10~0.1.0~0.1.0");
    for (long end = System.nanoTime() + MOST_NANOS;
        !answer.contains("\"step\":12") && System.nanoTime() < end;
        answer = get("/data?known=1.1.10~0.1.0~0.1.0")) {
      Thread.onSpinWait();
    }
    assertTrue(answer.contains("\"from\":9,\"steps\":[10,11,12]"), answer);
    assertTrue(answer.contains("\"step\":12"), answer);
    // What is for another number of runs is for none.
    assertTrue(
        get("/data?known=1.1.10~0.1.0~0.1.0,1.1.1~0.1.0~0.1.0")
            .contains("\"from\":0,\"steps\":[1,2"));
  }

  @Test
  void gridsAreServedUnderTheAddressesOfTheData() throws IOException {
    String data = get("/data");
    assertTrue(data.contains("/samples/0/5/"), data);
    String address = data.replaceFirst("(?s).*\"(/samples/0/5/\\d+\\.png)\".*", "$1");
    String answer = get(address);
    assertStatus(200, answer);
    assertTrue(answer.contains("Content-type: image/png"));
    assertTrue(answer.endsWith("IEND\u00aeB`\u0082"));
    Files.delete(run.resolve("samples/step-000005.png"));
    assertStatus(404, get(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/training/config.json",
        "/../a/metrics.csv",
        "/%2e%2e/a/metrics.csv",
        "/samples/0/..%2f..%2fmetrics.csv",
        "/samples/step-000005.png",
        "/samples/0/5/../../../metrics.csv",
        "//metrics.csv",
        "/metrics.csv",
        "/report.html",
        "/package-info.class",
        "/data/x",
        "/%00",
        "/samples/99999999999/5/1.png"
      })
  void noPartOfAnAddressIsAFile(String path) throws IOException {
    assertStatus(404, get(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "CONNECT"})
  void otherMethodsAreRefused(String method) throws IOException {
    String answer = ask(method + " / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertStatus(405, answer);
    assertTrue(answer.contains("Allow: GET, HEAD"), answer);
  }

  @Test
  void headIsGetWithoutTheContent() throws IOException {
    for (String path : List.of("/", "/chart.js", "/nothing")) {
      String head =
          ask("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      String get = get(path);
      int end = get.indexOf("\r\n\r\n") + 4;
      assertEquals(withoutDate(get.substring(0, end)), withoutDate(head));
    }
  }

  private static String withoutDate(String head) {
    return head.replaceFirst("Date: .*\r\n", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example",
        "Host: evil.example:4293",
        "Host: localhost.evil.example",
        "Host: 127.0.0.1.evil.example",
        "Host: evil.example#127.0.0.1",
        "Host: [evil]",
        "Host:",
        "X-Forwarded-Host: localhost"
      })
  void aNameOfAnotherIsRefused(String header) throws IOException {
    String answer = ask("GET /data HTTP/1.1\r\n" + header + "\r\nConnection: close\r\n\r\n");
    assertStatus(403, answer);
    assertFalse(answer.contains("steps"), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST:1", "127.0.0.1:4293", "[::1]:4293", "192.168.1.7"})
  void addressesAndLocalhostAreNotRefused(String host) throws IOException {
    assertStatus(200, ask("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"));
  }

  @Test
  void aPortThatIsTakenIsSaid() {
    int port = server.address().getPort();
    assertThrows(
        BindException.class, () -> WatchServer.start(List.of(run), LOOPBACK, port).close());
  }

  @Test
  void runsOfOneNameAreToldApart() throws IOException {
    Path other = RunFixture.begun(Files.createDirectory(directory.resolve("x")).resolve("a"));
    server.close();
    server = WatchServer.start(List.of(run, other), LOOPBACK, 0);
    String data = get("/data");
    assertTrue(data.contains("\"name\":\"" + run + "\""), data);
    assertTrue(data.contains("\"name\":\"" + other + "\""), data);
  }

  @Test
  void aClosedServerAnswersNothing() {
    server.close();
    assertThrows(ConnectException.class, () -> get("/"));
  }
}
