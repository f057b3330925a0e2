package haze.diffusion.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.evaluation.frechet.BarsFixture;
import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
  @TempDir Path directory;

  private Path run() throws IOException {
    return RunFixture.begun(directory.resolve("run"));
  }

  private static Map<String, Object> json(Path run) throws IOException {
    return RunReport.of(run).json("", List.of());
  }

  private static String page(Path run) throws IOException {
    RunReport.of(run).write(run.resolve(RunReport.FILE));
    return Files.readString(run.resolve(RunReport.FILE));
  }

  private static void silent(Path run) throws IOException {
    Files.setLastModifiedTime(
        run.resolve("metrics.csv"), FileTime.from(Instant.now().minusSeconds(3600)));
  }

  @Test
  void theStateIsThatOfTheProcess() throws IOException {
    Path run = run();
    assertEquals("new", json(run).get("state"));
    RunFixture.steps(run, 1, 10);
    assertEquals("running", json(run).get("state"));
    silent(run);
    assertEquals("stopped", json(run).get("state"));
    Session session = Session.begin(2);
    session.write(run);
    assertEquals("running", json(run).get("state"));
    // Another process may have the number of one that is gone.
    Session gone =
        new Session(
            Instant.now(),
            Optional.empty(),
            new Session.ProcessId(session.process().system(), ProcessHandle.current().pid(), 1),
            session.machine());
    gone.write(run);
    assertEquals("stopped", json(run).get("state"));
    // A process that was killed: its last line may be of this moment.
    RunFixture.steps(run, 11, 11);
    assertEquals("stopped", json(run).get("state"));
    // One of another machine, whose processes are not known here.
    new Session(
            Instant.now(),
            Optional.empty(),
            new Session.ProcessId("another", ProcessHandle.current().pid(), 1),
            session.machine())
        .write(run);
    assertEquals("running", json(run).get("state"));
    session.end().write(run);
    RunFixture.steps(run, 12, 12);
    assertEquals("stopped", json(run).get("state"));
    RunFixture.steps(run, 13, 100);
    RunFixture.samples(run, 100);
    assertEquals("finished", json(run).get("state"));
    assertEquals(100L, json(run).get("step"));
  }

  @Test
  void aRunIsFinishedWhenItsLastSamplesAreThere() throws IOException {
    Path run = run();
    RunFixture.steps(run, 1, 100);
    RunFixture.samples(run, 50);
    Session session = Session.begin(2);
    session.write(run);
    assertEquals("running", json(run).get("state"));
    assertEquals(List.of(), json(run).get("notes"));
    session.end().write(run);
    Map<String, Object> killed = json(run);
    assertEquals("stopped", killed.get("state"));
    assertEquals(
        List.of(
            "missing: the samples of the last step: haze train --resume --out "
                + run
                + " makes them"),
        killed.get("notes"));
    RunFixture.samples(run, 100);
    assertEquals("finished", json(run).get("state"));
    assertEquals(List.of(), json(run).get("notes"));
  }

  @Test
  void aRunWithoutSamplesIsFinishedWithItsLastStep() throws IOException {
    Path run = run();
    Path config = run.resolve("training/config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\"no_samples\": false", "\"no_samples\": true"));
    RunFixture.steps(run, 1, 100);
    Session.begin(2).end().write(run);
    assertEquals("finished", json(run).get("state"));
  }

  @Test
  void aRunThatIsStoppedEarlySaysWhy() throws IOException {
    Path run = run();
    RunFixture.steps(run, 1, 30);
    Session.begin(2).end().write(run);
    Path config = run.resolve("training/config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\"patience\": 0", "\"patience\": 2"));
    Path validation = run.resolve("validation.csv");
    String losses = "step,loss,bound,prior,transitions,decoder\n10,0.5,,,,\n20,0.6,,,,\n";
    Files.writeString(validation, losses);
    assertEquals("stopped", json(run).get("state"));
    Files.writeString(validation, losses + "30,0.7,,,,\n");
    assertEquals("stopped", json(run).get("state"));
    RunFixture.samples(run, 30);
    Map<String, Object> early = json(run);
    assertEquals("early", early.get("state"));
    assertEquals("stopped early", early.get("state_words"));
    assertEquals(
        List.of(
            "stopped early at step 30 of 100: no better validation loss for 2 validations; best at"
                + " step 10"),
        early.get("notes"));
  }

  /// What a person chose: not what follows from the preset and the data.
  @Test
  void theConfigurationNamesThePresetAndWhatIsNotAsItHasIt() throws Exception {
    Path path = directory.resolve("bars");
    Path data = BarsFixture.images(directory.resolve("bars.idx"), 20);
    Path labels = BarsFixture.labels(directory.resolve("bars-labels.idx"), 20);
    try (Workers workers = new Workers(1)) {
      TrainingRun.begin(
              TrainingRequest.of(path)
                  .preset(Preset.TINY)
                  .data(data, labels)
                  .conditional()
                  .batch(8),
              workers)
          .close();
    }
    List<?> rows = (List<?>) json(path).get("settings");
    assertEquals(List.of("preset", "tiny", true), rows.getFirst());
    List<?> chosen =
        rows.stream()
            .map(row -> (List<?>) row)
            .filter(row -> row.get(2).equals(true))
            .map(List::getFirst)
            .toList();
    assertEquals(List.of("preset", "conditional", "data", "labels", "batch"), chosen);
  }

  @Test
  void aSessionIsReadAsItWasWritten() throws IOException {
    Path run = run();
    Session session = Session.begin(2).end();
    session.write(run);
    assertEquals(Optional.of(session), Session.read(run));
    assertTrue(json(run).get("machine").toString().contains("java, " + Runtime.version()));
  }

  @Test
  void whatIsNewAloneIsSent() throws IOException {
    Path run = run();
    RunFixture.steps(run, 1, 10);
    RunReport report = RunReport.of(run);
    Map<?, ?> all = table(report, "");
    assertEquals(10, ((List<?>) all.get("steps")).size());
    RunFixture.steps(run, 11, 12);
    report.refresh();
    Map<?, ?> some = table(report, all.get("version").toString());
    // The last one that was known may have grown.
    assertEquals(9, some.get("from"));
    assertEquals(List.of(10L, 11L, 12L), some.get("steps"));
    Files.writeString(run.resolve("metrics.csv"), "step,loss,gradient_norm,learning_rate,ms\n");
    RunFixture.steps(run, 2, 20);
    report.refresh();
    assertEquals(0, table(report, some.get("version").toString()).get("from"));
    for (String hostile : List.of("1.1.99999", "x", "1.1", "99999999999999.1.1", "-1.1.1")) {
      assertEquals(0, table(report, hostile).get("from"), hostile);
    }
  }

  private static Map<?, ?> table(RunReport report, String known) {
    return (Map<?, ?>) report.json(known + "~~", List.of()).getOrDefault("metrics", Map.of());
  }

  @Test
  void imagesPerSecondAreThoseOfTheBatch() throws IOException {
    Path run = run();
    RunFixture.steps(run, 1, 3);
    Map<?, ?> columns = (Map<?, ?>) table(RunReport.of(run), "").get("columns");
    // 16 images in 101 ms.
    assertEquals(
        16 / 0.101f,
        (float) ((List<?>) ((List<?>) columns.get("images_per_second")).getFirst()).getFirst(),
        1e-3f);
  }

  @Test
  void whatIsDamagedIsANoteOnThePage() throws IOException {
    Path run = run();
    Files.writeString(run.resolve("training/config.json"), "{\"batch\": \"<b>\"}");
    Files.writeString(run.resolve("training/session.json"), "[");
    Files.writeString(run.resolve("metrics.csv"), "<script>alert(1)</script>\n");
    Files.writeString(run.resolve("validation.csv"), "step,loss\n1,2\nx\n");
    Files.delete(run.resolve("model_index.json"));
    List<?> notes = (List<?>) json(run).get("notes");
    assertEquals(5, notes.size(), notes.toString());
    assertFalse(page(run).contains("<b>"));
  }

  @Test
  void aPageNeedsNoOtherFile() throws IOException {
    Path run = run();
    RunFixture.steps(run, 1, 100);
    RunFixture.samples(run, 50);
    RunFixture.samples(run, 100);
    String page = page(run).replace("http://www.w3.org/2000/svg", "");
    assertFalse(page.contains("http:") || page.contains("https:"), "an address");
    assertFalse(page.contains("url("), "an address in the style");
    assertFalse(page.contains("src=") || page.contains("href="), "a link");
    assertEquals(2, page.split("<script type=\"text/plain\" id=\"picture-", -1).length - 1);
  }

  @Test
  void onlyThePagesOwnScriptsMayRun() throws Exception {
    String page = page(run());
    Matcher scripts = Pattern.compile("(?s)<script>(.*?)</script>").matcher(page);
    List<String> digests = new ArrayList<>();
    while (scripts.find()) {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(scripts.group(1).getBytes(StandardCharsets.UTF_8));
      digests.add("'sha256-" + Base64.getEncoder().encodeToString(digest) + "'");
    }
    assertEquals(2, digests.size());
    assertTrue(page.contains("default-src 'none'; img-src data:;"));
    assertTrue(page.contains("; script-src " + String.join(" ", digests) + "\">"));
  }

  @Test
  void textsOfFilesAreNeverHtml() throws IOException {
    String name = "<img src=x onerror=alert(1)> '\"& \u2028 <!--<script>";
    Path run = RunFixture.begun(directory.resolve(name));
    Files.writeString(run.resolve("metrics.csv"), "step,<img src=y>\n1,2\n");
    String page = page(run);
    assertFalse(page.contains("<img"));
    assertFalse(page.contains("<!--<"));
    assertEquals(3, page.split("<script", -1).length - 1);
    assertTrue(page.contains("\\u003cimg src=x"));
  }

  @Test
  void aLongRunHasASmallPage() throws IOException {
    Path run = run();
    RunFixture.steps(run, 1, 200_000);
    int length = page(run).length();
    assertTrue(length < 1_000_000, length + " bytes");
  }

  @Test
  void aFilmStripIsThinnedAndKeepsTheLastGrid() throws IOException {
    Path run = run();
    for (int step = 1; step <= 90; step++) {
      RunFixture.samples(run, step);
    }
    List<Object> steps = new ArrayList<>();
    steps.addAll(SampleFiles.forOnePage(SampleFiles.of(run)).keySet());
    assertTrue(steps.size() > 20 && steps.size() <= 40, steps.toString());
    assertEquals(90, steps.getLast());
  }

  @Test
  void linksAreNoSamples() throws IOException {
    Path run = run();
    Path secret = Files.writeString(directory.resolve("secret.png"), "secret");
    Files.createDirectories(run.resolve("samples"));
    Files.createSymbolicLink(run.resolve("samples/step-000001.png"), secret);
    Files.createDirectory(run.resolve("samples/step-000002.png"));
    assertEquals(Map.of(), RunReport.of(run).samples());
  }

  @Test
  void aTrainedRunHasItsReport() throws Exception {
    Path path = directory.resolve("trained");
    try (Workers workers = new Workers(1)) {
      TrainingRequest request =
          TrainingRequest.of(path).preset(Preset.TINY).with(Settings.STEPS, 1);
      List<String> problems = new ArrayList<>();
      try (TrainingRun run = TrainingRun.begin(request, workers);
          ReportWriter report = new ReportWriter(run, problems::add)) {
        assertTrue(Session.read(path).orElseThrow().isRunning().orElseThrow());
        run.run(report);
      }
      assertEquals(List.of(), problems);
    }
    assertFalse(Session.read(path).orElseThrow().isRunning().orElseThrow());
    String page = Files.readString(path.resolve(RunReport.FILE));
    assertTrue(page.contains("\"state\":\"finished\""));
    assertEquals(1, page.split("<script type=\"text/plain\" id=\"picture-", -1).length - 1);
  }

  @Test
  void aSessionLogThatIsNoFileIsNamed() throws Exception {
    Path file = Files.createDirectories(SessionLog.file(directory));
    String problem =
        assertThrows(IOException.class, () -> SessionLog.begin(directory, 0)).getMessage();
    assertEquals(file + ": not a regular file, cannot be replaced", problem);
  }

  @Test
  void linesOfASessionAreKeptForTheStepsThatTheRunHas() throws IOException {
    Path run = run();
    List<Double> losses = List.of(0.5, Double.NaN, 1e-7, 2.0);
    SessionLog.begin(run, 0).stepped(1, () -> losses);
    Files.writeString(
        SessionLog.file(run), "5,1,2,,,,\n70,3,4,,,,\nx\n7", StandardOpenOption.APPEND);
    SessionLog log = SessionLog.begin(run, 6);
    log.stepped(7, () -> losses);
    log.stepped(8, () -> losses);
    List<String> lines = Files.readAllLines(SessionLog.file(run));
    assertTrue(lines.getFirst().startsWith("step,resident_mib,heap_mib,loss_quarter_1,"));
    assertEquals(
        List.of("1", "5", "7"),
        lines.stream().skip(1).map(line -> line.replaceFirst(",.*", "")).toList());
    assertTrue(
        lines.getLast().matches("7,\\d*\\.?\\d*,\\d+\\.\\d,0.500000,,1.00000e-07,2.00000"),
        lines.getLast());
  }

  @Test
  void aReportThatCannotBeWrittenDoesNotEndTheRun() throws Exception {
    Path path = directory.resolve("trained");
    List<String> problems = new ArrayList<>();
    try (Workers workers = new Workers(1);
        TrainingRun run =
            TrainingRun.begin(
                TrainingRequest.of(path).preset(Preset.TINY).with(Settings.STEPS, 1), workers)) {
      Files.createDirectory(path.resolve(RunReport.FILE));
      try (ReportWriter report = new ReportWriter(run, problems::add)) {
        assertFalse(run.run(report, () -> true));
      }
    }
    assertEquals(
        "no report: " + path.resolve(RunReport.FILE) + ": not a regular file, cannot be replaced",
        problems.getLast());
    problems.clear();
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.resume(TrainingRequest.of(path), workers);
        ReportWriter report = new ReportWriter(run, problems::add)) {
      report.failed();
    }
    assertEquals(List.of(), problems);
  }

  @Test
  void whereThereIsNoRunThereIsNoReport() {
    assertEquals(
        directory + ": no run: there is no training/config.json",
        assertThrows(IOException.class, () -> RunReport.of(directory)).getMessage());
  }
}
