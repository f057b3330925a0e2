package haze.diffusion.report;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;

/// The page of a report. `report.html` beside this class is what the server of `haze watch` sends;
/// style and scripts are files of their own there, and the numbers come later. In a page that is a
/// file of its own all of that is inside.
///
/// Every text from a run's files is JSON data, which the scripts put into the page as text, never
/// as HTML. The page's policy names the digests of its own two scripts: no other script runs.
public final class ReportPage {
  /// The page.
  public static final String PAGE = "report.html";

  /// Its style.
  public static final String STYLE = "report.css";

  /// Its scripts, in their order.
  public static final List<String> SCRIPTS = List.of("chart.js", "report.js");

  private static final String STYLE_LINK = "<link rel=\"stylesheet\" href=\"" + STYLE + "\">";
  private static final String POLICY = "<!-- policy -->";
  private static final String DATA = "<!-- data -->";

  private ReportPage() {}

  /// {@return a file of the page}
  ///
  /// @param name one of the names above
  public static String file(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError("reading " + name + " of the module", e);
    }
  }

  /// Writes the page of a run with everything in it. The sample grids go through in pieces: they
  /// may be larger than the memory that training leaves.
  ///
  /// @throws IOException if it cannot be written, or a sample grid cannot be read
  static void write(RunReport report, OutputStream out) throws IOException {
    SortedMap<Integer, Path> grids = SampleFiles.forOnePage(report.samples());
    List<Map<String, Object>> pictures = new ArrayList<>();
    for (int step : grids.keySet()) {
      pictures.add(Map.of("step", step, "src", "#" + id(step)));
    }
    Map<String, Object> data =
        Map.of("written", Instant.now().toEpochMilli(), "runs", List.of(report.json("", pictures)));
    String page = page();
    int at = page.indexOf(DATA);
    out.write(utf8(page.substring(0, at)));
    out.write(utf8("<script type=\"application/json\" id=\"data\">" + json(data) + "</script>\n"));
    for (Map.Entry<Integer, Path> grid : grids.entrySet()) {
      out.write(utf8("<script type=\"text/plain\" id=\"" + id(grid.getKey()) + "\">"));
      OutputStream encoded = Base64.getEncoder().wrap(new Unclosed(out));
      Files.copy(grid.getValue(), encoded);
      encoded.close();
      out.write(utf8("</script>\n"));
    }
    out.write(utf8(page.substring(at + DATA.length())));
  }

  private static String id(int step) {
    return "picture-" + step;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// What the end of base64 must not close.
  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  /// The page with style, scripts and policy in it, and a place for the data.
  private static String page() {
    String style = file(STYLE);
    String page = file(PAGE).replace(STYLE_LINK, "<style>" + style + "</style>");
    StringBuilder policy =
        new StringBuilder("default-src 'none'; img-src data:; style-src '" + digest(style) + "'");
    policy.append("; script-src");
    for (String name : SCRIPTS) {
      String script = file(name);
      policy.append(" '").append(digest(script)).append("'");
      page = page.replace("<script src=\"" + name + "\">", "<script>" + script);
    }
    return page.replace(
        POLICY, "<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">");
  }

  /// {@return JSON that may stand in a script element of HTML: without the characters that could
  /// end it}
  ///
  /// @param value maps, lists, texts and numbers
  public static String json(Object value) {
    try {
      return JSON.std.asString(value).replace("<", "\\u003c");
    } catch (IOException e) {
      throw new AssertionError("writing to memory", e);
    }
  }

  private static String digest(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(utf8(text));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
