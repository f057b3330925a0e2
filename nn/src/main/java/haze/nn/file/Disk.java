package haze.nn.file;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/// What Haze asks of a file system when it writes: one method for each operation that a crash can
/// come before or after, and that can fail.
///
/// After a power cut a file holds what was written before its last [Output#force], and a directory
/// has the names that it had at its last [#force(Path)]; of what came later anything may be there,
/// in any order. When the process alone ends, everything is there.
public interface Disk {
  /// {@return the file system of the operating system}
  static Disk system() {
    return new SystemDisk();
  }

  /// A file that is being written.
  interface Output extends Closeable {
    /// Writes bytes of an array.
    ///
    /// @throws IOException if one is not written; those before it may be
    void write(byte[] bytes, int from, int count) throws IOException;

    /// Returns when all that was written is on the disk.
    ///
    /// @throws IOException if it is not
    void force() throws IOException;
  }

  /// What a file is to hold.
  @FunctionalInterface
  interface Content {
    /// Writes everything.
    ///
    /// @param out buffered; need not be flushed or closed
    void writeTo(OutputStream out) throws IOException;
  }

  /// {@return a new file, empty}
  ///
  /// @throws IOException if there is something of this name, or it cannot be made
  Output create(Path file) throws IOException;

  /// {@return the end of an existing file}
  ///
  /// @throws IOException if it is no regular file, or cannot be written
  Output append(Path file) throws IOException;

  /// Gives a file another name in the same directory in one step, and replaces what has it.
  void move(Path from, Path to) throws IOException;

  /// Deletes a file or an empty directory; nothing happens if there is none.
  void delete(Path file) throws IOException;

  /// Makes a directory in an existing one.
  void createDirectory(Path directory) throws IOException;

  /// Returns when the names in a directory are on the disk. Does nothing where directories cannot
  /// be forced, which is so on Windows: there a move that was reported may be lost in a power cut.
  void force(Path directory) throws IOException;

  /// Makes a directory and those above it where they are missing.
  ///
  /// @throws FileException if that fails
  default void createDirectories(Path directory) throws FileException {
    Path absolute = directory.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null || Files.isDirectory(absolute)) {
      return;
    }
    createDirectories(parent);
    FileException.naming(
        directory,
        () -> {
          createDirectory(absolute);
          force(parent);
        });
  }

  /// Creates or replaces a file as a whole: the content goes to another file beside it, which is
  /// forced and moved to its place; then the directory is forced. Whatever fails before the move
  /// leaves the old file as it was and no other. A crash may leave the other file, whose name is
  /// that of the file between dots, sixteen hexadecimal digits and `.tmp`.
  ///
  /// @param file its place, in an existing directory
  /// @return length and checksum of the content
  /// @throws FileException if the file cannot be written
  /// @throws IOException what the content throws
  default Checksum replace(Path file, Content content) throws IOException {
    Path absolute = file.toAbsolutePath();
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    Path temporary = absolute.resolveSibling("." + absolute.getFileName() + "." + random + ".tmp");
    try {
      Checksum written;
      try (Sink sink = new Sink(file, FileException.naming(file, () -> create(temporary)))) {
        OutputStream buffered = new BufferedOutputStream(sink);
        content.writeTo(buffered);
        buffered.flush();
        sink.force();
        written = sink.checksum();
      }
      FileException.naming(file, () -> move(temporary, absolute));
      forceParent(file);
      return written;
    } catch (Throwable e) {
      try {
        delete(temporary);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /// Forces the directory that a file is in.
  ///
  /// @throws FileException naming the file, if that fails
  default void forceParent(Path file) throws FileException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      FileException.naming(file, () -> force(parent));
    }
  }
}
