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
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
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
    copy =
        new org.apache.hadoop.fs.Path(
            new org.apache.hadoop.fs.Path(place),
            String.valueOf(run.toAbsolutePath().normalize().getFileName()));
    files = copy.getFileSystem(configuration);
  }

  /// Copies what has changed, and removes from the copy what is no longer there.
  ///
  /// @throws IOException if that fails; the copy is then of an earlier checkpoint
  void update() throws IOException {
    Map<String, Path> there = new HashMap<>();
    try (Stream<Path> all = Files.walk(run)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = run.relativize(file).toString();
        if (!OWN.contains(String.valueOf(file.getFileName())) && !name.endsWith(TEMPORARY)) {
          there.put(name, file);
        }
      }
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

  /// Writes the run's directory, if there is none, from the copy, if there is one.
  ///
  /// @throws IOException if the copy cannot be read
  void restore() throws IOException {
    if (Files.exists(run) || !files.exists(copy)) {
      return;
    }
    RemoteIterator<LocatedFileStatus> all = files.listFiles(copy, true);
    while (all.hasNext()) {
      FileStatus file = all.next();
      String name = copy.toUri().relativize(file.getPath().toUri()).getPath();
      if (name.endsWith(TEMPORARY)) {
        continue;
      }
      Path target = run.resolve(name).normalize();
      if (!target.startsWith(run.normalize())) {
        throw new BadFileException(run, "cannot have the file " + name + " of its copy");
      }
      Path parent = target.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      files.copyToLocalFile(
          false, file.getPath(), new org.apache.hadoop.fs.Path(target.toUri()), true);
    }
  }

  /// {@return where the copy is}
  @Override
  public String toString() {
    return copy.toString();
  }
}
