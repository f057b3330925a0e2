package org.xerial.snappy;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/// Decompresses Snappy's raw format (google/snappy, `format_description.txt`), in which most
/// Parquet files are compressed.
///
/// Its name is the one by which the Parquet reader, Hardwood, looks for Snappy; the library of that
/// name is native code. Nothing else of that library is here.
public final class Snappy {
  private static final int LITERAL = 0;
  private static final int COPY_1 = 1;
  private static final int COPY_2 = 2;

  /// A literal's length from here on follows in 1 to 4 bytes.
  private static final int LONG_LITERAL = 60;

  private static final int SHORTEST_COPY_1 = 4;
  private static final int VARINT_BITS = 7;
  private static final int VARINT_BYTES = 5;

  private Snappy() {}

  /// Decompresses a block.
  ///
  /// @param compressed from its position to its limit
  /// @param uncompressed receives the bytes at its position; its limit is set behind them
  /// @return how many bytes they are
  /// @throws IOException if the block is damaged, or is not as long as it says, or does not fit
  public static int uncompress(ByteBuffer compressed, ByteBuffer uncompressed) throws IOException {
    ByteBuffer in = compressed.duplicate();
    ByteBuffer out = uncompressed.duplicate();
    int start = out.position();
    try {
      long length = length(in);
      if (length > out.remaining()) {
        throw new IOException(
            "Snappy block of " + length + " bytes, expected at most " + out.remaining());
      }
      out.limit(start + (int) length);
      while (in.hasRemaining()) {
        element(in, out, start);
      }
      if (out.hasRemaining()) {
        throw new IOException("Snappy block ends " + out.remaining() + " bytes too early");
      }
      uncompressed.limit(out.limit());
      return (int) length;
    } catch (BufferUnderflowException e) {
      throw new IOException("Snappy block is cut off", e);
    }
  }

  private static long length(ByteBuffer in) throws IOException {
    long length = 0;
    for (int i = 0; i < VARINT_BYTES; i++) {
      int next = in.get();
      length |= (long) (next & (1 << VARINT_BITS) - 1) << (i * VARINT_BITS);
      if (next >= 0) {
        return length;
      }
    }
    throw new IOException("Snappy block has a length of more than 32 bits");
  }

  private static void element(ByteBuffer in, ByteBuffer out, int start) throws IOException {
    int tag = Byte.toUnsignedInt(in.get());
    int upper = tag >> 2;
    switch (tag & 3) {
      case LITERAL -> {
        long length =
            1 + (upper < LONG_LITERAL ? upper : littleEndian(in, upper - LONG_LITERAL + 1));
        if (length > in.remaining() || length > out.remaining()) {
          throw new IOException("Snappy block has a literal of " + length + " bytes");
        }
        out.put(out.position(), in, in.position(), (int) length);
        in.position(in.position() + (int) length);
        out.position(out.position() + (int) length);
      }
      case COPY_1 ->
          copy(
              (upper & 7) + SHORTEST_COPY_1,
              (long) (tag >> 5) << Byte.SIZE | littleEndian(in, 1),
              out,
              start);
      case COPY_2 -> copy(upper + 1, littleEndian(in, 2), out, start);
      default -> copy(upper + 1, littleEndian(in, Integer.BYTES), out, start);
    }
  }

  private static long littleEndian(ByteBuffer in, int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) Byte.toUnsignedInt(in.get()) << (i * Byte.SIZE);
    }
    return value;
  }

  /// Repeats what stands `offset` before the end, which may reach into itself.
  private static void copy(int length, long offset, ByteBuffer out, int start) throws IOException {
    int at = out.position();
    if (offset < 1 || offset > at - start || length > out.remaining()) {
      throw new IOException("Snappy block copies " + length + " bytes from " + offset + " before");
    }
    for (int i = 0; i < length; i++) {
      out.put(at + i, out.get(at + i - (int) offset));
    }
    out.position(at + length);
  }
}
