package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.nn.file.FileException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Keeps other processes from a run, from [#take] to [#close] or the end of the process, however it
/// ends: a lock of the operating system on the file `training/lock`, which is empty and stays.
final class RunLock implements AutoCloseable {
  static final String FILE = "lock";

  /// The directories that this program has locked. Locks of POSIX belong to the process, and one is
  /// given up when any descriptor of its file is closed: who only tried would end the other's.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path held;
  private final FileChannel channel;

  private RunLock(Path held, FileChannel channel) {
    this.held = held;
    this.channel = channel;
  }

  /// {@return the lock of a run}
  ///
  /// @param training its directory `training`
  /// @throws IOException if another process or this one has it, or the file cannot be opened
  static RunLock take(Path training) throws IOException {
    Path file = training.resolve(FILE);
    Path real;
    try {
      real = training.toRealPath();
    } catch (IOException e) {
      throw FileException.of(file, "cannot be locked", e);
    }
    if (!HELD.add(real)) {
      throw new BadFileException(
          training.resolveSibling(""), "this program has the run open already, expected it closed");
    }
    try {
      return new RunLock(real, locked(training, file));
    } catch (Throwable e) {
      HELD.remove(real);
      throw e;
    }
  }

  private static FileChannel locked(Path training, Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileException.of(file, "cannot be locked", e);
    }
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (IOException e) {
      channel.close();
      throw FileException.of(file, "cannot be locked", e);
    }
    channel.close();
    throw new BadFileException(training.resolveSibling(""), "another process trains this run");
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      try {
        channel.close();
      } finally {
        HELD.remove(held);
      }
    }
  }
}
