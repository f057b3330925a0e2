package haze.diffusion.spark;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/// What a process of a training shows before others talk to it. The driver draws it, and Spark
/// carries it to the tasks.
///
/// @param hex 64 hexadecimal digits
record Token(String hex) implements Serializable {
  private static final int BYTES = 32;
  private static final int ACCEPTED = 0x7a6568;

  /// {@return a new token}
  static Token random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Token(HexFormat.of().formatHex(bytes));
  }

  /// Shows the token, and waits until it is accepted.
  void present(Connection connection) throws LostException {
    connection.write(HexFormat.of().parseHex(hex)).flush();
    if (connection.readInt() != ACCEPTED) {
      throw new LostException("another program answers there");
    }
  }

  /// Reads the other side's token, and accepts it. Who has none costs no more than its bytes.
  ///
  /// @return the connection
  /// @throws IOException if it is another
  Connection require(SocketChannel channel) throws IOException {
    ByteBuffer shown = ByteBuffer.allocate(Integer.BYTES + BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (shown.hasRemaining()) {
      if (channel.read(shown) < 0) {
        throw new EOFException("a connection without the token is closed");
      }
    }
    byte[] token = Arrays.copyOfRange(shown.array(), Integer.BYTES, shown.capacity());
    if (shown.getInt(0) != BYTES || !MessageDigest.isEqual(token, HexFormat.of().parseHex(hex))) {
      throw new IOException("a connection without the token is refused");
    }
    Connection connection = new Connection(channel);
    connection.write(ACCEPTED).flush();
    return connection;
  }

  /// {@return nothing of it}
  @Override
  public String toString() {
    return "token";
  }
}
