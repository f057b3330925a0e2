package haze.diffusion.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A message of Protocol Buffers: fields one after the other, each with its number and the form of
/// its value (protobuf.dev, "Encoding").
final class Message {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED_32 = 5;

  private static final int TYPE_BITS = 3;
  private static final int VARINT_BITS = 7;
  private static final int MORE = 1 << VARINT_BITS;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /// Without fields.
  Message() {}

  /// Adds an int32, int64 or enum. Zero is what a missing one means.
  Message integer(int field, long value) {
    if (value != 0) {
      tag(field, VARINT);
      varint(value);
    }
    return this;
  }

  /// Adds a float.
  Message single(int field, float value) {
    tag(field, FIXED_32);
    bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
    return this;
  }

  /// Adds a double.
  Message real(int field, double value) {
    tag(field, FIXED_64);
    bytes.writeBytes(little(Double.BYTES).putDouble(value).array());
    return this;
  }

  /// Adds a string.
  Message string(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /// Adds another message.
  Message message(int field, Message value) {
    return bytes(field, value.bytes());
  }

  /// Adds bytes.
  Message bytes(int field, byte[] value) {
    tag(field, LENGTH);
    varint(value.length);
    bytes.writeBytes(value);
    return this;
  }

  private void tag(int field, int type) {
    varint(((long) field << TYPE_BITS) | type);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & -MORE) != 0) {
      bytes.write((int) ((rest & (MORE - 1)) | MORE));
      rest >>>= VARINT_BITS;
    }
    bytes.write((int) rest);
  }

  private static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// {@return the encoded message}
  byte[] bytes() {
    return bytes.toByteArray();
  }
}
