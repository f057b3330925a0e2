package haze.diffusion.io;

import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;

/// Replaces a file as a whole, so that nobody ever finds half of one.
///
/// The content goes to a temporary file in the same directory, is forced to the disk, and then
/// moved onto its place. Whatever fails before the move leaves the old file as it was and no
/// temporary. A symbolic link stays one: the file that it names is replaced.
public final class AtomicFile {
  /// As many as Linux follows.
  private static final int MAX_LINKS = 40;

  private AtomicFile() {}

  /// What a file is to hold.
  @FunctionalInterface
  public interface Content {
    /// Writes everything.
    ///
    /// @param out buffered; need not be flushed or closed
    void writeTo(OutputStream out) throws IOException;
  }

  /// Creates or replaces a file.
  ///
  /// @param file its place, in an existing directory
  /// @throws IOException if it cannot be written, or if its place is taken by something that is no
  ///   regular file (a directory, a device, a pipe); `file` is then as it was before
  public static void write(Path file, Content content) throws IOException {
    Path target = followed(file.toAbsolutePath());
    Path directory = target.getParent();
    Path name = target.getFileName();
    boolean taken = Files.exists(target) && !Files.isRegularFile(target);
    if (taken || name == null || directory == null) {
      throw new IOException(file + ": not a regular file, cannot be replaced");
    }
    if (!Files.isDirectory(directory)) {
      throw new IOException(file + ": there is no directory " + directory);
    }
    Path temporary =
        directory.resolve(
            "." + name + "." + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
    try {
      // Not a FileChannel: that one is closed when its thread is interrupted, which is exactly when
      // a checkpoint is written.
      try (var out = create(file, temporary)) {
        var buffered = new BufferedOutputStream(out);
        content.writeTo(buffered);
        buffered.flush();
        out.getFD().sync();
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /// What a symbolic link names, which need not exist; other files as they are.
  private static Path followed(Path file) throws IOException {
    Path target = file;
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MAX_LINKS) {
        throw new IOException(file + ": a circle of symbolic links");
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  /// Checks that a file can be written: what would make writing fail is better known before minutes
  /// of work.
  ///
  /// @throws IOException if it cannot
  public static void requireWritable(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory");
    }
    if (!Files.isDirectory(parent)) {
      throw new IOException(file + ": there is no directory " + parent);
    }
    if (!Files.isWritable(parent)) {
      throw new IOException(file + ": cannot write in " + parent);
    }
  }

  private static FileOutputStream create(Path file, Path temporary) throws IOException {
    try {
      return new FileOutputStream(temporary.toFile());
    } catch (FileNotFoundException e) {
      throw new IOException(file + ": cannot write beside it: " + e.getMessage(), e);
    }
  }
}
