package haze.nn.file;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// The file system of the operating system. An interrupted thread writes as others do: a run may be
/// interrupted exactly when it saves.
final class SystemDisk implements Disk {
  /// Not a [FileChannel], which is closed when its thread is interrupted.
  private record FileOutput(FileOutputStream out) implements Output {
    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      out.write(bytes, from, count);
    }

    @Override
    public void force() throws IOException {
      out.getFD().sync();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  @Override
  public Output create(Path file) throws IOException {
    // Names the reason of a failure, and never takes an existing file.
    Files.createFile(file);
    return new FileOutput(new FileOutputStream(file.toFile()));
  }

  @Override
  public Output append(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      // To open a pipe would wait for its reader.
      throw new FileSystemException(file.toString(), null, "not a regular file");
    }
    return new FileOutput(new FileOutputStream(file.toFile(), true));
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    Files.createDirectory(directory);
  }

  @Override
  public void force(Path directory) throws IOException {
    if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    // The only handle of a directory in Java is a channel, which an interrupt closes.
    boolean interrupted = Thread.interrupted();
    try {
      while (!forced(directory)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean forced(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
      return true;
    } catch (ClosedByInterruptException e) {
      return false;
    }
  }
}
