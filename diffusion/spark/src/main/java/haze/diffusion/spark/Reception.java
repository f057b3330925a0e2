package haze.diffusion.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Takes connections of processes that show the token. Others are closed, also those that show
/// nothing.
final class Reception implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Reception.class.getName());

  /// For showing the token.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration LOOK = Duration.ofMillis(100);

  private final ServerSocketChannel server;
  private final Token token;
  private final Duration patience;
  private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();

  /// Begins to listen.
  ///
  /// @param address where; port 0: any that is free
  /// @throws IOException if that is not possible
  Reception(InetSocketAddress address, Token token) throws IOException {
    this(address, token, PATIENCE);
  }

  /// @param patience how long a connection may take to show the token
  Reception(InetSocketAddress address, Token token, Duration patience) throws IOException {
    this.token = token;
    this.patience = patience;
    server = ServerSocketChannel.open().bind(address);
    Thread.ofVirtual().name("haze-reception").start(this::listen);
  }

  /// {@return the port}
  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  private void listen() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        Thread guest = Thread.ofVirtual().name("haze-guest").start(() -> welcome(channel));
        Thread.ofVirtual().start(() -> hurry(guest));
      } catch (IOException e) {
        LOG.log(Level.FINE, "no connection", e);
        // Too many open files, for instance, may pass.
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  private void welcome(SocketChannel channel) {
    try {
      if (!server.isOpen()) {
        // It may accept one more after it is closed.
        throw new IOException("nobody waits for it any more");
      }
      accepted.add(token.require(channel));
    } catch (Throwable e) {
      LOG.log(Level.WARNING, "connection closed: {0}", e.getMessage());
      try {
        channel.close();
      } catch (IOException second) {
        LOG.log(Level.FINE, "it is gone", second);
      }
    }
  }

  /// An interrupt closes the channel that a thread waits for.
  private void hurry(Thread guest) {
    try {
      if (!guest.join(patience)) {
        guest.interrupt();
      }
    } catch (InterruptedException e) {
      guest.interrupt();
    }
  }

  /// {@return the next connection; null if none has come in time}
  @Nullable Connection next(Duration patience) throws LostException {
    try {
      return accepted.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LostException("interrupted", e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.log(Level.FINE, "already closed", e);
    }
    accepted.forEach(Connection::close);
  }
}
