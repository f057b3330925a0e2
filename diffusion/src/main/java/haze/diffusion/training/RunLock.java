package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.nn.file.FileException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Keeps other processes from a run, from [#take] to [#close] or the end of the process, however it
/// ends: a lock of the operating system on the file `training/lock`, which is empty and stays.
final class RunLock implements AutoCloseable {
  static final String FILE = "lock";

  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /// {@return the lock of a run}
  ///
  /// @param training its directory `training`
  /// @throws IOException if another process or this one has it, or the file cannot be opened
  static RunLock take(Path training) throws IOException {
    Path file = training.resolve(FILE);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileException.of(file, "cannot be locked", e);
    }
    String problem = "another process trains this run";
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // On Linux, to close the channel below gives up the lock of this program too.
      problem = "this program has the run open already, expected it closed";
    } catch (IOException e) {
      channel.close();
      throw FileException.of(file, "cannot be locked", e);
    }
    if (lock == null) {
      channel.close();
      throw new BadFileException(training.resolveSibling(""), problem);
    }
    return new RunLock(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
