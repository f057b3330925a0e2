package haze.diffusion.report;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.io.ProgramVersion;
import haze.tensor.VectorSupport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The last process that trained a run, and on what: `training/session.json`. Written when training
/// begins and when it ends; a session without an end whose process is gone was killed.
///
/// @param began when the process began to train
/// @param ended when it ended to train; empty if it has not
/// @param process where it is, its number and when it started, by which the system knows it again
/// @param machine what it ran on: names and values, for people
record Session(
    Instant began,
    Optional<Instant> ended,
    ProcessId process,
    List<Map.Entry<String, String>> machine) {
  private static final long MEBIBYTE = 1 << 20;
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  /// Of `/proc/cpuinfo`, which has a part for each processor.
  private static final int FIRST_PROCESSOR = 1 << 12;

  private static final List<String> MACHINE =
      List.of("haze", "java", "system", "processor", "vectors", "threads", "heap");

  /// A process, also after its number was given to another.
  ///
  /// @param system the operating system that gives the numbers, from its start to its end, or the
  ///   container; empty if it does not tell
  /// @param number of the operating system
  /// @param started when it started, in milliseconds since 1970; 0 if the system does not tell
  record ProcessId(String system, long number, long started) {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NUMBERS = Path.of("/proc/self/ns/pid");

    static ProcessId current() {
      return of(ProcessHandle.current());
    }

    private static ProcessId of(ProcessHandle handle) {
      return new ProcessId(
          currentSystem(),
          handle.pid(),
          handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
    }

    /// Linux has a name for each start of a machine, and for each numbering of processes on it.
    private static String currentSystem() {
      try {
        return Files.readString(BOOT).strip() + " " + Files.readSymbolicLink(NUMBERS);
      } catch (IOException e) {
        return "";
      }
    }

    /// {@return whether it is at work; nothing if that cannot be known here}
    Optional<Boolean> isAlive() {
      boolean found =
          ProcessHandle.of(number)
              .filter(ProcessHandle::isAlive)
              .map(ProcessId::of)
              .filter(this::equals)
              .isPresent();
      boolean here = !system.isEmpty() && system.equals(currentSystem());
      return found || here ? Optional.of(found) : Optional.empty();
    }
  }

  /// Copies the list.
  Session {
    machine = List.copyOf(machine);
  }

  /// {@return the session of this process, which begins now}
  ///
  /// @param threads the threads that it trains on
  static Session begin(int threads) {
    Runtime runtime = Runtime.getRuntime();
    List<Map.Entry<String, String>> machine =
        List.of(
            Map.entry("haze", ProgramVersion.get().orElse("unknown")),
            Map.entry(
                "java", Runtime.version() + ", " + System.getProperty("java.vm.name", "unknown")),
            Map.entry(
                "system",
                System.getProperty("os.name")
                    + " "
                    + System.getProperty("os.version")
                    + ", "
                    + System.getProperty("os.arch")),
            Map.entry("processor", processor()),
            Map.entry("vectors", VectorSupport.bits() + " bits"),
            Map.entry("threads", threads + " of " + runtime.availableProcessors()),
            Map.entry(
                "heap",
                String.format(Locale.ROOT, "up to %,d MiB", runtime.maxMemory() / MEBIBYTE)));
    return new Session(Instant.now(), Optional.empty(), ProcessId.current(), machine);
  }

  private static String processor() {
    if (Files.isReadable(PROCESSORS)) {
      try (var in = Files.newInputStream(PROCESSORS)) {
        return new String(in.readNBytes(FIRST_PROCESSOR), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown");
      } catch (IOException e) {
        return "unknown";
      }
    }
    String windows = System.getenv("PROCESSOR_IDENTIFIER");
    return windows == null ? "unknown" : windows;
  }

  /// {@return the same session, which has ended now}
  Session end() {
    return new Session(began, Optional.of(Instant.now()), process, machine);
  }

  /// {@return whether its process is at work; nothing if that cannot be known here, because it is
  /// one of another machine or container}
  Optional<Boolean> isRunning() {
    return ended.isPresent() ? Optional.of(false) : process.isAlive();
  }

  private static Path file(Path run) {
    return run.resolve("training").resolve("session.json");
  }

  /// {@return the last session of a run; nothing if there is no such file}
  ///
  /// @throws IOException if the file cannot be read or is damaged; in one line
  static Optional<Session> read(Path run) throws IOException {
    Path file = file(run);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonObject json = JsonObject.read(file);
    List<Map.Entry<String, String>> machine = new ArrayList<>();
    for (String key : MACHINE) {
      machine.add(Map.entry(key, json.string(key, "unknown")));
    }
    String ended = json.string("ended", "");
    return Optional.of(
        new Session(
            instant(json, "began"),
            ended.isEmpty() ? Optional.empty() : Optional.of(instant(json, "ended")),
            new ProcessId(
                json.string("process_system", ""),
                number(json, "process"),
                number(json, "process_started")),
            machine));
  }

  private static Instant instant(JsonObject json, String key) throws BadFileException {
    try {
      return Instant.parse(json.string(key, ""));
    } catch (DateTimeParseException e) {
      throw json.invalid(key, "expected a time such as 2026-01-31T12:00:00Z");
    }
  }

  private static long number(JsonObject json, String key) throws BadFileException {
    return (long) json.number(key, 0);
  }

  /// Writes the file of a run.
  ///
  /// @throws IOException if it cannot be written
  void write(Path run) throws IOException {
    JsonWriter json =
        new JsonWriter()
            .put("began", began.toString())
            .put("ended", ended.map(Instant::toString).orElse(""))
            .put("process_system", process.system())
            .put("process", process.number())
            .put("process_started", process.started());
    machine.forEach(entry -> json.put(entry.getKey(), entry.getValue()));
    json.write(file(run));
  }
}
