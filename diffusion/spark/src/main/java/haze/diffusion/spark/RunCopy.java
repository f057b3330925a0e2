package haze.diffusion.spark;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;

/// A copy of a run's directory in a file system of Hadoop's, such as HDFS or an object store, for a
/// driver whose own disk does not outlive it.
///
/// A file is written under another name first. Manifests come last, so that a copy that is cut off
/// is one of the checkpoint before.
final class RunCopy {
  private static final String MANIFEST = "manifest.json";

  /// Of the process that trains.
  private static final Set<String> OWN = Set.of("lock");

  private static final String TEMPORARY = ".tmp";

  private final Path run;
  private final org.apache.hadoop.fs.Path copy;
  private final FileSystem files;

  /// What was copied: size and time by name.
  private final Map<String, String> known = new HashMap<>();

  /// @param run the directory of the run
  /// @param place the directory of copies, such as `hdfs:///user/me/runs`; that of the run has its
  ///   name
  /// @throws IOException if there is no such file system
  RunCopy(Path run, URI place, Configuration configuration) throws IOException {
    this.run = run;
    org.apache.hadoop.fs.Path named =
        new org.apache.hadoop.fs.Path(
            new org.apache.hadoop.fs.Path(place),
            String.valueOf(run.toAbsolutePath().normalize().getFileName()));
    files = named.getFileSystem(configuration);
    // With scheme and host, as the file system names the files in it.
    copy = files.makeQualified(named);
  }

  /// Makes the place for the copy of a new run. What a run has left there that never got as far as
  /// a checkpoint is no copy, and goes with the first [#update].
  ///
  /// @throws IOException if there is a copy of another run already, or it cannot be made
  void begin() throws IOException {
    if (hasCheckpoint()) {
      throw new IOException(
          copy
              + " holds a copy of a run already; --resume goes on with it, another --out begins"
              + " a new one");
    }
    if (!files.mkdirs(copy)) {
      throw new IOException(copy + " cannot be made");
    }
  }

  /// Whether there is something to go on with.
  private boolean hasCheckpoint() throws IOException {
    return files.exists(copy) && names().stream().anyMatch(name -> name.endsWith(MANIFEST));
  }

  /// Copies what has changed, and removes from the copy what is no longer there.
  ///
  /// @throws IOException if that fails, or the directory has no checkpoint; the copy is then of an
  ///   earlier one
  void update() throws IOException {
    if (known.isEmpty() && files.exists(copy)) {
      // What an earlier process has copied.
      for (String name : names()) {
        known.put(name, "");
      }
    }
    Map<String, Path> there = new HashMap<>();
    try (Stream<Path> all = Files.walk(run)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = run.relativize(file).toString();
        if (!OWN.contains(String.valueOf(file.getFileName())) && !name.endsWith(TEMPORARY)) {
          there.put(name, file);
        }
      }
    }
    if (there.keySet().stream().noneMatch(name -> name.endsWith(MANIFEST))) {
      throw new IOException(run + " has no checkpoint to be copied");
    }
    List<String> names = new ArrayList<>(there.keySet());
    names.sort((a, b) -> Boolean.compare(a.endsWith(MANIFEST), b.endsWith(MANIFEST)));
    for (String name : names) {
      Path file = there.getOrDefault(name, run);
      String state = Files.size(file) + " " + Files.getLastModifiedTime(file);
      if (!state.equals(known.get(name))) {
        write(name, file);
        known.put(name, state);
      }
    }
    Set<String> gone = new HashSet<>(known.keySet());
    gone.removeAll(there.keySet());
    // A checkpoint without its manifest is none.
    List<String> order = new ArrayList<>(gone);
    order.sort((a, b) -> Boolean.compare(b.endsWith(MANIFEST), a.endsWith(MANIFEST)));
    for (String name : order) {
      files.delete(new org.apache.hadoop.fs.Path(copy, name), false);
      known.remove(name);
    }
  }

  private void write(String name, Path file) throws IOException {
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(copy, name);
    org.apache.hadoop.fs.Path temporary = target.suffix(TEMPORARY);
    files.copyFromLocalFile(false, true, new org.apache.hadoop.fs.Path(file.toUri()), temporary);
    // Most file systems do not rename onto a file.
    files.delete(target, false);
    if (!files.rename(temporary, target)) {
      throw new IOException("cannot write " + target);
    }
  }

  /// The names of the files of the copy.
  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = files.listFiles(copy, true);
    while (all.hasNext()) {
      String name = copy.toUri().relativize(all.next().getPath().toUri()).getPath();
      if (!name.endsWith(TEMPORARY)) {
        names.add(name);
      }
    }
    return names;
  }

  /// Writes the run's directory, if there is none or an empty one, from the copy, if there is one.
  /// The directory is there when all of it is.
  ///
  /// @throws IOException if the copy cannot be read
  void restore() throws IOException {
    if (!hasCheckpoint() || !isVacant()) {
      return;
    }
    Path here = run.toAbsolutePath().normalize();
    Path parent = Objects.requireNonNull(here.getParent(), "a root is no run");
    Files.createDirectories(parent);
    Path part = Files.createTempDirectory(parent, ".haze-restored-");
    for (String name : names()) {
      Path target = part.resolve(name).normalize();
      if (!target.startsWith(part)) {
        throw new BadFileException(run, "cannot have the file " + name + " of its copy");
      }
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      files.copyToLocalFile(
          false,
          new org.apache.hadoop.fs.Path(copy, name),
          new org.apache.hadoop.fs.Path(target.toUri()),
          true);
    }
    Files.deleteIfExists(here);
    Files.move(part, here);
  }

  private boolean isVacant() throws IOException {
    if (!Files.exists(run)) {
      return true;
    }
    try (Stream<Path> entries = Files.list(run)) {
      return entries.findAny().isEmpty();
    }
  }

  /// {@return where the copy is}
  @Override
  public String toString() {
    return copy.toString();
  }
}
