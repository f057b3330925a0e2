package haze.diffusion.watch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import haze.diffusion.io.BadFileException;
import haze.diffusion.report.ReportPage;
import haze.diffusion.report.RunReport;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Shows runs in a browser while they go on: the page of a report, whose script asks for what is
/// new every two seconds. Several runs are compared in the same charts.
///
/// It answers GET and HEAD alone, and changes nothing. What it sends is a fixed table of resources,
/// and the sample grids that it finds in the runs itself: no part of an address is ever the name of
/// a file. Requests whose `Host` is a name that it does not go by are refused, so that a page of
/// the web cannot reach it under a name that leads here (DNS rebinding).
public final class WatchServer implements AutoCloseable {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final String HTML = "text/html; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String HEAD = "HEAD";
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<WatchedRun> runs;
  private final HostNames hosts;
  private final Map<String, Content> fixed = new HashMap<>();

  /// What an address leads to.
  @SuppressWarnings("ArrayRecordComponent") // Sent, and never compared.
  private record Content(String type, byte[] bytes) {
    static Content text(String type, String text) {
      return new Content(type, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private WatchServer(HttpServer server, List<WatchedRun> runs, HostNames hosts) {
    this.server = server;
    this.runs = List.copyOf(runs);
    this.hosts = hosts;
    fixed.put("/", Content.text(HTML, ReportPage.file(ReportPage.PAGE)));
    fixed.put(
        "/" + ReportPage.STYLE,
        Content.text("text/css; charset=utf-8", ReportPage.file(ReportPage.STYLE)));
    for (String script : ReportPage.SCRIPTS) {
      fixed.put(
          "/" + script, Content.text("text/javascript; charset=utf-8", ReportPage.file(script)));
    }
  }

  /// Begins to serve.
  ///
  /// @param runs directories of runs, at least one
  /// @param host a name or an address of this machine; others reach it unless it is that of the
  ///   loopback
  /// @param port its port; 0 for a free one
  /// @return the server, which the caller closes
  /// @throws BindException if another program listens on the port
  /// @throws IOException if there is no such host, no run in a directory, or one is given twice; in
  ///   one line
  public static WatchServer start(List<Path> runs, String host, int port) throws IOException {
    List<WatchedRun> watched = watched(runs);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(host), port);
    HttpServer server = HttpServer.create(address, 0);
    WatchServer watch = new WatchServer(server, watched, new HostNames(host));
    server.createContext("/", watch::answer);
    server.setExecutor(watch.threads);
    server.start();
    return watch;
  }

  /// Runs of the same name are shown with their paths.
  private static List<WatchedRun> watched(List<Path> paths) throws IOException {
    List<RunReport> reports = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Map<Path, Path> given = new HashMap<>();
    boolean unique = true;
    for (Path path : paths) {
      RunReport report = RunReport.of(path);
      @Nullable Path other = given.put(path.toRealPath(), path);
      if (other != null) {
        throw new BadFileException(
            path, "is given twice" + (other.equals(path) ? "" : ", as " + other + " too"));
      }
      unique &= names.add(report.name());
      reports.add(report);
    }
    List<WatchedRun> watched = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      String name = unique ? reports.get(i).name() : paths.get(i).toString();
      watched.add(new WatchedRun(i, name, reports.get(i)));
    }
    return watched;
  }

  /// {@return where the page is}
  public URI address() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return URI.create(
        "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + "/");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      @Nullable String host = exchange.getRequestHeaders().getFirst("Host");
      if (!hosts.contain(host)) {
        send(exchange, FORBIDDEN, Content.text(TEXT, "haze watch: not a name of this server\n"));
      } else if (!List.of("GET", HEAD).contains(exchange.getRequestMethod())) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        send(exchange, NOT_ALLOWED, Content.text(TEXT, "haze watch: GET and HEAD only\n"));
      } else {
        Optional<Content> content = content(exchange.getRequestURI());
        send(
            exchange,
            content.isPresent() ? OK : NOT_FOUND,
            content.orElseGet(() -> Content.text(TEXT, "haze watch: there is nothing here\n")));
      }
    }
  }

  private Optional<Content> content(URI address) throws IOException {
    String path = String.valueOf(address.getPath());
    if (path.equals("/data")) {
      String data = ReportPage.json(data(String.valueOf(address.getQuery())));
      return Optional.of(Content.text("application/json; charset=utf-8", data));
    }
    if (fixed.containsKey(path)) {
      return Optional.ofNullable(fixed.get(path));
    }
    for (WatchedRun run : runs) {
      try {
        Optional<byte[]> picture = run.picture(path);
        if (picture.isPresent()) {
          return picture.map(bytes -> new Content("image/png", bytes));
        }
      } catch (NoSuchFileException e) {
        // It was there when the page was made.
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /// @param query `known=` and for each run, with commas between them, what the page has of it
  private Map<String, Object> data(String query) {
    String[] known = query.replaceFirst("^known=", "").split(",", -1);
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      all.add(runs.get(i).json(known.length == runs.size() ? known[i] : ""));
    }
    return Map.of("runs", all);
  }

  private static void send(HttpExchange exchange, int status, Content content) throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", content.type());
    headers.set("Content-Security-Policy", POLICY);
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
    if (exchange.getRequestMethod().equals(HEAD)) {
      headers.set("Content-Length", Integer.toString(content.bytes().length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, content.bytes().length);
    exchange.getResponseBody().write(content.bytes());
  }

  /// Ends serving, at once.
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    threads.close();
  }
}
