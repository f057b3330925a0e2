package haze.diffusion.terminal;

import java.util.concurrent.CountDownLatch;

/// Ctrl-C as a request to stop: the JVM ends when the work has, and has closed this.
public final class Interrupt implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::await);
  private volatile boolean requested;

  /// From now on the JVM waits for [#close] when it is stopped.
  public Interrupt() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void await() {
    requested = true;
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// {@return whether the work is asked to stop}
  public boolean isRequested() {
    return requested;
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook has run, and was waiting for this moment.
    }
  }
}
