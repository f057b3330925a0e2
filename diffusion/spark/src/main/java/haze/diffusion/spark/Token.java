package haze.diffusion.spark;

import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.security.SecureRandom;
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

  /// Reads the other side's token, and accepts it.
  ///
  /// @throws IOException if it is another
  void require(Connection connection) throws IOException {
    byte[] shown = connection.readBytes(BYTES);
    if (!MessageDigest.isEqual(shown, HexFormat.of().parseHex(hex))) {
      throw new IOException("a connection without the token is refused");
    }
    connection.write(ACCEPTED).flush();
  }

  /// {@return nothing of it}
  @Override
  public String toString() {
    return "token";
  }
}
