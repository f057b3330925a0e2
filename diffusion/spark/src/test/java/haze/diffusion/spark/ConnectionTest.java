package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectionTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Token token = Token.random();
  private Reception reception;

  @BeforeEach
  void listen() throws IOException {
    reception =
        new Reception(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            token,
            Duration.ofMillis(300));
  }

  @AfterEach
  void close() {
    reception.close();
  }

  private InetSocketAddress address() throws IOException {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), reception.port());
  }

  @Test
  void numbersArriveAsTheyWere() throws Exception {
    try (Connection out = Connection.open(address(), token);
        Connection in = assertNotNullNow(reception.next(SOON))) {
      // Longer than buffers, and not a multiple of them.
      float[] values = new float[200_003];
      var random = new Random(1);
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() - 0.5f;
      }
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(
              () -> {
                try {
                  out.write(7).write(-3L).write(0.1).write("größe");
                  out.write(values, 1, values.length).write(values, 0, values.length).flush();
                } catch (LostException e) {
                  throw new AssertionError(e);
                }
              });
      assertEquals(7, in.readInt());
      assertEquals(-3L, in.readLong());
      assertEquals(0.1, in.readDouble());
      assertEquals("größe", in.readText(100));
      float[] received = new float[values.length];
      in.read(received, 1, values.length);
      float[] expected = values.clone();
      expected[0] = 0;
      assertArrayEquals(expected, received);
      in.add(received, 0, values.length);
      for (int i = 0; i < expected.length; i++) {
        expected[i] += values[i];
      }
      assertArrayEquals(expected, received);
      sent.join();
      assertEquals(
          Integer.BYTES
              + Long.BYTES
              + Double.BYTES
              + Integer.BYTES
              + "größe".length()
              + 2
              + Float.BYTES * (2L * values.length - 1)
              // The token, and its length.
              + 32
              + Integer.BYTES,
          out.written());
    }
  }

  private static Connection assertNotNullNow(Connection connection) {
    assertNotNull(connection);
    return connection;
  }

  @Test
  void anEndThatIsGoneIsAnError() throws Exception {
    try (Connection out = Connection.open(address(), token)) {
      assertNotNullNow(reception.next(SOON)).close();
      assertEquals(
          "connection lost: the other end is closed",
          assertThrows(LostException.class, out::readInt).getMessage());
    }
  }

  @Test
  void nobodyThereIsAnError() throws Exception {
    InetSocketAddress gone = address();
    reception.close();
    assertTrue(
        assertThrows(LostException.class, () -> Connection.open(gone, token))
            .getMessage()
            .startsWith("cannot connect to "));
  }

  @Test
  void aConnectionWithoutTheTokenIsRefused() throws Exception {
    assertThrows(LostException.class, () -> Connection.open(address(), Token.random()));
    assertNull(reception.next(Duration.ofMillis(100)));
    // The next one is welcome.
    try (Connection out = Connection.open(address(), token)) {
      assertNotNullNow(reception.next(SOON)).close();
      assertNotNull(out);
    }
  }

  @Test
  void aConnectionThatShowsNothingIsClosed() throws Exception {
    try (Socket silent = new Socket()) {
      silent.connect(address());
      InputStream in = silent.getInputStream();
      assertEquals(-1, in.read());
    }
  }

  @Test
  void aLengthThatMakesNoSenseIsRefused() throws Exception {
    try (Socket other = new Socket()) {
      other.connect(address());
      other.getOutputStream().write(new byte[] {-1, -1, -1, 127});
      assertEquals(-1, other.getInputStream().read());
    }
    assertNull(reception.next(Duration.ofMillis(100)));
  }

  @Test
  void theTokenIsNotShownInMessages() {
    assertEquals("token", token.toString());
  }
}
