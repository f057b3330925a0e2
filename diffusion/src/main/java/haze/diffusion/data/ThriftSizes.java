package haze.diffusion.data;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/// Judges the sizes in metadata of Parquet before its reader takes memory for them: in Thrift's
/// compact protocol a text, a list or a map tells its length, which a hostile file may choose, and
/// structures hold structures.
///
/// Every element takes a byte at least, so that none is longer than what is left of the bytes.
final class ThriftSizes {
  private static final int TRUE = 1;
  private static final int FALSE = 2;
  private static final int BYTE = 3;
  private static final int I16 = 4;
  private static final int I32 = 5;
  private static final int I64 = 6;
  private static final int DOUBLE = 7;
  private static final int BINARY = 8;
  private static final int LIST = 9;
  private static final int SET = 10;
  private static final int MAP = 11;
  private static final int STRUCT = 12;

  private static final int LOW_BITS = 0xF;
  private static final int LONG_LIST = 15;
  private static final int SEVEN_BITS = 7;
  private static final int MAX_VARINT_BITS = 63;

  /// Parquet's own are some ten deep.
  private static final int MAX_DEPTH = 32;

  private final ByteBuffer in;

  /// @param in what is read from its position on
  ThriftSizes(ByteBuffer in) {
    this.in = in;
  }

  /// What is wrong with the bytes, without the name of their file.
  static final class SizeException extends Exception {
    private static final long serialVersionUID = 1;

    SizeException(String problem) {
      super(problem);
    }
  }

  /// Passes over a structure.
  ///
  /// @throws SizeException if the bytes end before the structure, or a size makes no sense
  void struct() throws SizeException {
    try {
      struct(0);
    } catch (BufferUnderflowException e) {
      throw new SizeException("its metadata are cut off");
    }
  }

  private void struct(int depth) throws SizeException {
    if (depth > MAX_DEPTH) {
      throw new SizeException("its metadata have more than " + MAX_DEPTH + " levels");
    }
    for (int header = in.get(); header != 0; header = in.get()) {
      if (header >> 4 == 0) {
        varint(); // the field's number, where it is not in the header
      }
      skip(header & LOW_BITS, depth);
    }
  }

  private void skip(int type, int depth) throws SizeException {
    switch (type) {
      case TRUE, FALSE -> {} // fields of these have no bytes of their own
      case BYTE -> in.get();
      case I16, I32, I64 -> varint();
      case DOUBLE -> in.getDouble();
      case BINARY -> {
        int size = size();
        in.position(in.position() + size);
      }
      case LIST, SET -> {
        int header = in.get();
        int count = header >> 4 & LOW_BITS;
        elements(count == LONG_LIST ? size() : count, depth, header & LOW_BITS);
      }
      case MAP -> {
        int count = size();
        if (count > 0) {
          int types = in.get();
          elements(count, depth, types >> 4 & LOW_BITS, types & LOW_BITS);
        }
      }
      case STRUCT -> struct(depth + 1);
      default -> throw new SizeException("its metadata have a field of type " + type);
    }
  }

  private void elements(int count, int depth, int... types) throws SizeException {
    if (depth > MAX_DEPTH) {
      throw new SizeException("its metadata have more than " + MAX_DEPTH + " levels");
    }
    for (int i = 0; i < count; i++) {
      for (int type : types) {
        if (type == TRUE || type == FALSE) {
          in.get();
        } else {
          skip(type, depth + 1);
        }
      }
    }
  }

  private int size() throws SizeException {
    long size = varint();
    if (size < 0 || size > in.remaining()) {
      throw new SizeException(
          "its metadata have a size of " + size + ", with " + in.remaining() + " bytes left");
    }
    return (int) size;
  }

  private long varint() throws SizeException {
    long value = 0;
    for (int shift = 0; shift <= MAX_VARINT_BITS; shift += SEVEN_BITS) {
      int next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new SizeException("its metadata have a number of more than 64 bits");
  }
}
