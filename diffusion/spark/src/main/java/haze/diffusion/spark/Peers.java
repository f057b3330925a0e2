package haze.diffusion.spark;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// The connections of a task to all others. Each has a thread that sends, so that a task computes,
/// and receives, while it sends.
final class Peers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final int own;
  private final @Nullable Connection[] connections;
  private final List<ExecutorService> senders = new ArrayList<>();
  private final List<Future<?>> sending = new ArrayList<>();

  /// Something to be sent.
  interface Message {
    void write(Connection connection) throws LostException;
  }

  private Peers(int own, int tasks) {
    this.own = own;
    connections = new @Nullable Connection[tasks];
    for (int task = 0; task < tasks; task++) {
      senders.add(
          Executors.newSingleThreadExecutor(
              Thread.ofVirtual().name("haze-send-" + task).factory()));
    }
  }

  /// Connects each with each: a task calls those before it.
  ///
  /// @param own number of this task
  /// @param addresses where each task listens
  /// @param reception of this task
  /// @throws LostException if one does not come
  static Peers meet(int own, List<InetSocketAddress> addresses, Reception reception, Token token)
      throws LostException {
    Peers peers = new Peers(own, addresses.size());
    try {
      for (int task = 0; task < own; task++) {
        Connection connection = Connection.open(addresses.get(task), token);
        peers.connections[task] = connection;
        connection.write(own).flush();
      }
      for (int i = own + 1; i < addresses.size(); i++) {
        Connection connection = reception.next(PATIENCE);
        if (connection == null) {
          throw new LostException("other tasks have not called for " + PATIENCE.toSeconds() + " s");
        }
        int task = connection.readInt();
        if (task <= own || task >= addresses.size() || peers.connections[task] != null) {
          connection.close();
          throw new LostException("a task calls itself " + task);
        }
        peers.connections[task] = connection;
      }
      return peers;
    } catch (LostException e) {
      peers.close();
      throw e;
    }
  }

  int tasks() {
    return connections.length;
  }

  /// {@return the connection to another task, for reading}
  Connection from(int task) {
    Connection connection = connections[task];
    if (connection == null) {
      throw new IllegalArgumentException("task " + own + " has no connection to " + task);
    }
    return connection;
  }

  /// Sends a message when those before it to the same task are sent. What it writes must not change
  /// before [#join].
  void send(int task, Message message) {
    sending.add(
        senders
            .get(task)
            .submit(
                () -> {
                  Connection connection = from(task);
                  message.write(connection);
                  connection.flush();
                  return null;
                }));
  }

  /// Sends a message to all others.
  void sendToAll(Message message) {
    for (int task = 0; task < tasks(); task++) {
      if (task != own) {
        send(task, message);
      }
    }
  }

  /// Waits until everything is sent.
  void join() throws LostException {
    for (Future<?> one : sending) {
      try {
        one.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof LostException lost) {
          throw lost;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LostException("interrupted", e);
      }
    }
    sending.clear();
  }

  /// {@return the bytes that were sent so far}
  long written() {
    long bytes = 0;
    for (Connection connection : connections) {
      bytes += connection == null ? 0 : connection.written();
    }
    return bytes;
  }

  @Override
  public void close() {
    for (Connection connection : connections) {
      if (connection != null) {
        connection.close();
      }
    }
    senders.forEach(ExecutorService::shutdownNow);
  }
}
