package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConsoleOptionsTest extends CommandHarness {
  private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| [^|]* \\| ([^|]*) \\|");
  private static final Pattern KEY = Pattern.compile("`(\\w+)`");
  private static final int COUNT = 20;

  private String train(String... more) throws IOException {
    String data = BarsFixture.images(file("bars.idx"), COUNT).toString();
    String run = file("run").toString();
    List<String> args =
        new ArrayList<>(
            List.of("train", "--preset", "tiny", "--data", data, "--steps", "2", "--out", run));
    args.addAll(Arrays.asList(more));
    assertEquals(0, haze(args.toArray(String[]::new)), err.toString());
    return run;
  }

  private List<Map<String, Object>> json(String... args) throws IOException {
    assertEquals(0, haze(args), err.toString());
    return events();
  }

  private List<Map<String, Object>> events() throws IOException {
    List<Map<String, Object>> events = new ArrayList<>();
    for (String line : out.toString().lines().toList()) {
      events.add(JSON.std.mapFrom(line));
    }
    assertEquals("", err.toString());
    return events;
  }

  private static List<Object> names(List<Map<String, Object>> events) {
    return events.stream().map(event -> event.get("event")).toList();
  }

  @Test
  void everyEventHasTheKeysOfTheManual() throws IOException {
    String run =
        train("--json", "--sample-every", "1", "--ema-snapshots", "1", "--prediction", "v");
    List<Map<String, Object>> events = new ArrayList<>(events());
    assertEquals(
        List.of("begin", "note", "step", "samples", "step", "checkpoint", "samples", "end"),
        names(events));
    assertEquals(
        JSON.std.mapFrom(Files.readString(Path.of(run, "training/config.json"))),
        events.getFirst().get("settings"));
    assertEquals(true, events.getLast().get("finished"));
    String data = file("bars.idx").toString();
    String weights = Path.of(run, "unet/diffusion_pytorch_model.safetensors").toString();
    events.addAll(json("info", run, "--json"));
    events.addAll(json("info", weights, "--json"));
    events.addAll(json("info", directory.toString(), "--json"));
    events.addAll(json("data", data, "--json", "--out", file("d.png").toString()));
    List<Map<String, Object>> sampled =
        json("sample", run, "--count", "3", "--json", "--out", file("s.png").toString());
    assertEquals(List.of("wrote"), names(sampled));
    assertEquals(file("s.png").toString(), sampled.getFirst().get("file"));
    events.addAll(sampled);
    String average = file("average").toString();
    events.addAll(json("average", run, "--length", "0.1", "--json", "--out", average));
    events.addAll(json("show", "chain", "--json", "--out", file("c.png").toString()));
    String student = file("student").toString();
    events.addAll(json("distill", run, "--steps", "2", "--json", "--out", student));
    events.addAll(json("study", "1", "--json", "--out", file("book.html").toString()));

    Map<String, Set<String>> seen = new TreeMap<>();
    for (Map<String, Object> event : events) {
      Set<String> keys = new LinkedHashSet<>(event.keySet());
      keys.remove("event");
      seen.computeIfAbsent((String) event.get("event"), _ -> new LinkedHashSet<>()).addAll(keys);
    }
    Map<String, Set<String>> documented = documented();
    seen.forEach((event, keys) -> assertEquals(documented.get(event), keys, event));
    documented
        .keySet()
        .removeAll(
            Set.of(
                "warning",
                "validation",
                "watching",
                "bound",
                "continuous",
                "ode",
                "frechet",
                "classifier"));
    assertEquals(documented.keySet(), seen.keySet());
  }

  /// The table of the manual: keys by event.
  private static Map<String, Set<String>> documented() throws IOException {
    String manual = Files.readString(Path.of("README.md"));
    String section = manual.substring(manual.indexOf("## For scripts"));
    Map<String, Set<String>> keys = new TreeMap<>();
    ROW.matcher(section.substring(0, section.indexOf("\n## ")))
        .results()
        .forEach(
            row ->
                keys.put(
                    row.group(1),
                    KEY.matcher(row.group(2))
                        .results()
                        .map(key -> key.group(1))
                        .collect(Collectors.toCollection(LinkedHashSet::new))));
    return keys;
  }

  @Test
  void theBoundIsThatOfItsFile() throws IOException {
    String run = train("--no-samples");
    List<Map<String, Object>> events =
        json("evaluate", run, "--data", file("bars.idx").toString(), "--images", "4", "--json");
    assertEquals(List.of("bound"), names(events));
    Map<String, Object> bound = new TreeMap<>(events.getFirst());
    assertEquals("bound", bound.remove("event"));
    Path file = Path.of(run, "evaluation/bound.json");
    assertEquals(file.toString(), bound.remove("file"));
    assertEquals(JSON.std.mapFrom(Files.readString(file)), bound);
  }

  @Test
  void theBoundInContinuousTimeIsThatOfItsFile() throws IOException {
    String run = train("--no-samples");
    String data = file("bars.idx").toString();
    List<Map<String, Object>> events =
        json("evaluate", run, "--data", data, "--images", "4", "--continuous", "--json");
    assertEquals(List.of("continuous"), names(events));
    Map<String, Object> result = new TreeMap<>(events.getFirst());
    assertEquals("continuous", result.remove("event"));
    Path file = Path.of(run, "evaluation/continuous.json");
    assertEquals(file.toString(), result.remove("file"));
    assertEquals(JSON.std.mapFrom(Files.readString(file)), result);
  }

  @Test
  void quietPrintsTheResultAlone() throws IOException {
    String run = train("--quiet", "--sample-every", "1");
    assertTrue(
        out.toString().matches("trained .*: 44,\\d+ parameters, 2 steps of 16 images\\R"),
        out.toString());
    assertEquals("", err.toString());
    String sample = file("s.png").toString();
    assertEquals(0, haze("sample", run, "--count", "3", "--out", sample, "--quiet"));
    assertEquals(
        "wrote " + sample + ": 3 images of 8 x 8" + System.lineSeparator(), out.toString());
    assertEquals(
        0,
        haze("evaluate", run, "--data", file("bars.idx").toString(), "--images", "4", "--quiet"));
    assertTrue(out.toString().startsWith("bound of "), out.toString());
    assertFalse(out.toString().contains("elapsed"), out.toString());
  }

  @Test
  void aWarningOfAQuietCommandIsOnStandardError() throws IOException {
    String run = train("--no-samples");
    Path config = Path.of(run, "unet/config.json");
    Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{ \"unheard_of\": 1,"));
    String sample = file("s.png").toString();
    assertEquals(0, haze("sample", run, "--count", "1", "--out", sample, "--quiet"));
    assertEquals(
        "warning: the network's file has keys without effect: unheard_of" + System.lineSeparator(),
        err.toString());
    List<Map<String, Object>> events =
        json("sample", run, "--count", "1", "--out", sample, "--json");
    assertEquals(List.of("warning", "wrote"), names(events));
    assertEquals(
        "the network's file has keys without effect: unheard_of", events.getFirst().get("message"));
  }
}
