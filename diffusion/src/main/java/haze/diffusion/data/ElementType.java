package haze.diffusion.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The types of the numbers in an array of a file.
enum ElementType {
  /// A truth value, one byte: 0 is false.
  BOOL(1, true),
  /// Unsigned, 8 bits.
  U8(1, true),
  /// Signed, 8 bits.
  I8(1, true),
  /// Unsigned, 16 bits.
  U16(2, true),
  /// Signed, 16 bits.
  I16(2, true),
  /// Unsigned, 32 bits.
  U32(4, true),
  /// Signed, 32 bits.
  I32(4, true),
  /// Unsigned, 64 bits; above 2^53 rounded.
  U64(8, true),
  /// Signed, 64 bits; above 2^53 rounded.
  I64(8, true),
  /// IEEE 754, 16 bits.
  F16(2, false),
  /// IEEE 754, 32 bits.
  F32(4, false),
  /// IEEE 754, 64 bits.
  F64(8, false);

  private static final double TWO_TO_64 = 0x1p64;

  private final int size;
  private final boolean whole;

  ElementType(int size, boolean whole) {
    this.size = size;
    this.whole = whole;
  }

  /// {@return the bytes of a number}
  int size() {
    return size;
  }

  /// {@return whether the numbers are whole}
  boolean isWhole() {
    return whole;
  }

  /// {@return the number at a place}
  double read(MemorySegment bytes, long at, ByteOrder order) {
    return switch (this) {
      case BOOL -> bytes.get(ValueLayout.JAVA_BYTE, at) == 0 ? 0 : 1;
      case U8 -> Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, at));
      case I8 -> bytes.get(ValueLayout.JAVA_BYTE, at);
      case U16 -> Short.toUnsignedInt(shortAt(bytes, at, order));
      case I16 -> shortAt(bytes, at, order);
      case U32 -> Integer.toUnsignedLong(intAt(bytes, at, order));
      case I32 -> intAt(bytes, at, order);
      case U64 -> unsigned(longAt(bytes, at, order));
      case I64 -> longAt(bytes, at, order);
      case F16 -> Float.float16ToFloat(shortAt(bytes, at, order));
      case F32 -> Float.intBitsToFloat(intAt(bytes, at, order));
      case F64 -> Double.longBitsToDouble(longAt(bytes, at, order));
    };
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : value + TWO_TO_64;
  }

  private static short shortAt(MemorySegment bytes, long at, ByteOrder order) {
    short value = bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
    return order == ByteOrder.nativeOrder() ? value : Short.reverseBytes(value);
  }

  private static int intAt(MemorySegment bytes, long at, ByteOrder order) {
    int value = bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at);
    return order == ByteOrder.nativeOrder() ? value : Integer.reverseBytes(value);
  }

  private static long longAt(MemorySegment bytes, long at, ByteOrder order) {
    long value = bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    return order == ByteOrder.nativeOrder() ? value : Long.reverseBytes(value);
  }
}
