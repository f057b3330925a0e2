package haze.nn.safetensors;

import java.nio.ByteBuffer;

/// The element types that a file may hold, named as in its header.
///
/// [#F32], [#F16], [#BF16] and [#F64] are read as `float`, [#I64] as `long`; the others can be
/// listed but not read, so that a checkpoint with, say, one boolean mask still gives its weights.
public enum DType {
  /// IEEE 754 binary64, rounded to the nearest `float` when read.
  F64(Double.BYTES),
  /// IEEE 754 binary32, the only type that is written.
  F32(Float.BYTES),
  /// IEEE 754 binary16.
  F16(Short.BYTES),
  /// The upper half of a binary32.
  BF16(Short.BYTES),
  /// Signed 64 bits.
  I64(Long.BYTES),
  /// Signed 32 bits.
  I32(Integer.BYTES),
  /// Signed 16 bits.
  I16(Short.BYTES),
  /// Signed 8 bits.
  I8(Byte.BYTES),
  /// Unsigned 64 bits.
  U64(Long.BYTES),
  /// Unsigned 32 bits.
  U32(Integer.BYTES),
  /// Unsigned 16 bits.
  U16(Short.BYTES),
  /// Unsigned 8 bits.
  U8(Byte.BYTES),
  /// One byte, 0 or 1.
  BOOL(Byte.BYTES),
  /// 8 bits, 4 of them exponent.
  F8_E4M3(Byte.BYTES),
  /// 8 bits, 5 of them exponent.
  F8_E5M2(Byte.BYTES);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /// {@return the bytes of one element, 1 to 8}
  public int bytes() {
    return bytes;
  }

  /// {@return whether elements can be read as `float`: [#F32], [#F16], [#BF16] and [#F64]}
  public boolean isFloat() {
    return this == F32 || this == F16 || this == BF16 || this == F64;
  }

  /// Converts elements to `float`, to `target[from]` and the next `count - 1`.
  ///
  /// @param source in the file's byte order; its `count * bytes()` remaining bytes are consumed
  public void toFloats(ByteBuffer source, float[] target, int from, int count) {
    switch (this) {
      case F32 -> {
        source.asFloatBuffer().get(target, from, count);
        source.position(source.limit());
      }
      case F64 -> {
        for (int i = from; i < from + count; i++) {
          target[i] = (float) source.getDouble();
        }
      }
      case F16 -> {
        for (int i = from; i < from + count; i++) {
          target[i] = Float.float16ToFloat(source.getShort());
        }
      }
      case BF16 -> {
        for (int i = from; i < from + count; i++) {
          target[i] = Float.intBitsToFloat(source.getShort() << Short.SIZE);
        }
      }
      default -> throw new IllegalArgumentException("toFloats: " + this + " is not read as float");
    }
  }
}
