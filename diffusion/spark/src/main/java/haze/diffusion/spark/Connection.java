package haze.diffusion.spark;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/// One end of a TCP connection between two processes of a training. Numbers are little-endian.
///
/// One thread may write while another reads.
final class Connection implements AutoCloseable {
  /// Of each direction.
  private static final int BUFFER = 1 << 18;

  private final SocketChannel channel;
  private final ByteBuffer in = buffer();
  private final ByteBuffer out = buffer();
  private final AtomicLong written = new AtomicLong();

  /// A connection over an open channel, which it closes.
  Connection(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    in.limit(0);
  }

  /// Connects to a [Reception].
  ///
  /// @param token as the reception has it
  /// @throws LostException if nobody answers there, or the token is refused
  static Connection open(InetSocketAddress address, Token token) throws LostException {
    try {
      Connection connection = new Connection(SocketChannel.open(address));
      try {
        token.present(connection);
        return connection;
      } catch (IOException e) {
        connection.close();
        throw e;
      }
    } catch (IOException e) {
      throw new LostException("cannot connect to " + address + ": " + e, e);
    }
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// {@return the address of this end}
  InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  /// {@return the bytes that were written so far}
  long written() {
    return written.get();
  }

  Connection write(int value) throws LostException {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  Connection write(long value) throws LostException {
    room(Long.BYTES).putLong(value);
    return this;
  }

  Connection write(double value) throws LostException {
    room(Double.BYTES).putDouble(value);
    return this;
  }

  /// Writes the length, then the bytes.
  ///
  /// @param bytes fewer than fit into a buffer
  Connection write(byte[] bytes) throws LostException {
    write(bytes.length);
    room(bytes.length).put(bytes);
    return this;
  }

  Connection write(String text) throws LostException {
    return write(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Writes the elements `from <= i < to`.
  Connection write(float[] values, int from, int to) throws LostException {
    int at = from;
    while (at < to) {
      ByteBuffer buffer = room(Float.BYTES);
      int count = Math.min(to - at, buffer.remaining() / Float.BYTES);
      buffer.asFloatBuffer().put(values, at, count);
      buffer.position(buffer.position() + count * Float.BYTES);
      at += count;
    }
    return this;
  }

  /// Sends what was written.
  void flush() throws LostException {
    out.flip();
    written.addAndGet(out.remaining());
    try {
      while (out.hasRemaining()) {
        channel.write(out);
      }
    } catch (IOException e) {
      throw lost(e);
    }
    out.clear();
  }

  private ByteBuffer room(int bytes) throws LostException {
    if (out.remaining() < bytes) {
      flush();
    }
    return out;
  }

  int readInt() throws LostException {
    return available(Integer.BYTES).getInt();
  }

  long readLong() throws LostException {
    return available(Long.BYTES).getLong();
  }

  double readDouble() throws LostException {
    return available(Double.BYTES).getDouble();
  }

  /// {@return what [#write(byte\[\])] wrote}
  ///
  /// @param most length that is right
  byte[] readBytes(int most) throws LostException {
    int length = readInt();
    if (length < 0 || length > Math.min(most, BUFFER)) {
      throw new LostException("a message of " + length + " bytes, expected at most " + most);
    }
    byte[] bytes = new byte[length];
    available(length).get(bytes);
    return bytes;
  }

  String readText(int most) throws LostException {
    return new String(readBytes(most), StandardCharsets.UTF_8);
  }

  /// What to do with floats that have arrived.
  private interface Receiver {
    void take(FloatBuffer values, int at, int count);
  }

  /// Reads the elements `from <= i < to`.
  void read(float[] values, int from, int to) throws LostException {
    read(from, to, (received, at, count) -> received.get(values, at, count));
  }

  /// Reads the elements `from <= i < to`, and adds them to what is there.
  void add(float[] sums, int from, int to) throws LostException {
    read(from, to, (received, at, count) -> add(received, sums, at, count));
  }

  private static void add(FloatBuffer values, float[] sums, int at, int count) {
    for (int i = 0; i < count; i++) {
      sums[at + i] += values.get(i);
    }
  }

  private void read(int from, int to, Receiver receiver) throws LostException {
    int at = from;
    while (at < to) {
      ByteBuffer buffer = available(Float.BYTES);
      int count = Math.min(to - at, buffer.remaining() / Float.BYTES);
      receiver.take(buffer.asFloatBuffer(), at, count);
      buffer.position(buffer.position() + count * Float.BYTES);
      at += count;
    }
  }

  private ByteBuffer available(int bytes) throws LostException {
    if (in.remaining() < bytes) {
      in.compact();
      try {
        while (in.position() < bytes) {
          if (channel.read(in) < 0) {
            throw new EOFException("the other end is closed");
          }
        }
      } catch (IOException e) {
        throw lost(e);
      } finally {
        in.flip();
      }
    }
    return in;
  }

  private LostException lost(IOException e) {
    String reason = e instanceof ClosedChannelException ? "closed" : e.getMessage();
    return new LostException("connection lost: " + reason, e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }
}
