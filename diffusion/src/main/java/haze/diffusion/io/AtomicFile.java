package haze.diffusion.io;

import haze.nn.file.Disk;
import haze.nn.file.FileException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Replaces a file as a whole, so that nobody ever finds half of one.
///
/// As [Disk#replace], which it is written by, but for symbolic links: a link stays one, and the
/// file that it names is replaced.
public final class AtomicFile {
  /// As many as Linux follows.
  private static final int MAX_LINKS = 40;

  private AtomicFile() {}

  /// Creates or replaces a file.
  ///
  /// @param file its place, in an existing directory
  /// @throws IOException if it cannot be written, or if its place is taken by something that is no
  ///   regular file (a directory, a device, a pipe); `file` is then as it was before
  public static void write(Path file, Disk.Content content) throws IOException {
    write(Disk.system(), file, content);
  }

  /// Creates or replaces a file as [#write(Path, Disk.Content)] does.
  ///
  /// @param disk where it is
  public static void write(Disk disk, Path file, Disk.Content content) throws IOException {
    Path target = followed(file.toAbsolutePath());
    Path directory = target.getParent();
    boolean taken = Files.exists(target) && !Files.isRegularFile(target);
    if (taken || directory == null) {
      throw new FileException(file, "not a regular file, cannot be replaced");
    }
    if (!Files.isDirectory(directory)) {
      throw new FileException(file, "there is no directory " + directory);
    }
    disk.replace(target, content);
  }

  /// What a symbolic link names, which need not exist; other files as they are.
  private static Path followed(Path file) throws IOException {
    Path target = file;
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MAX_LINKS) {
        throw new FileException(file, "a circle of symbolic links");
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  /// Makes the directories above a file, and checks that it can be written: what would make writing
  /// fail is better known before minutes of work.
  ///
  /// @throws IOException if it cannot, in one line that names the file
  public static void prepare(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory");
    }
    try {
      Files.createDirectories(parent);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + ": " + e.getFile() + " is no directory", e);
    } catch (FileSystemException e) {
      throw new IOException(file + ": cannot make the directory " + e.getFile(), e);
    }
    if (!Files.isWritable(parent)) {
      throw new IOException(file + ": cannot write in " + parent);
    }
  }
}
