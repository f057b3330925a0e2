package haze.diffusion.data.image;

/// The LZW codes of a GIF frame (GIF89a, appendix F): each stands for the pixels of an earlier one
/// and one more.
final class GifCodes {
  /// Pixels that a byte can hold at most: a code of 12 bits is at most 4096 pixels.
  static final int MAX_RATIO = 2731;

  private static final int MOST = 4096;
  private static final int MAX_BITS = 12;
  private static final int MAX_DEPTH = 8;

  private final int depth;
  private final int clear;
  private final int[] before = new int[MOST];
  private final int[] length = new int[MOST];
  private final byte[] last = new byte[MOST];

  /// The blocks that hold the codes; an empty one ends them.
  @FunctionalInterface
  interface Blocks {
    byte[] next() throws ImageException;
  }

  /// Codes for pixels of so many bits.
  GifCodes(int depth) {
    this.depth = depth;
    clear = depth < 1 || depth > MAX_DEPTH ? -1 : 1 << depth;
    for (int i = 0; i < clear; i++) {
      last[i] = (byte) i;
      length[i] = 1;
    }
  }

  /// Fills an array; what comes after it is not read.
  ///
  /// @return how many pixels there were, -1 if there is a code that none can be
  int decode(Blocks blocks, byte[] pixels) throws ImageException {
    if (clear < 0) {
      return -1;
    }
    int width = depth + 1;
    int free = clear + 2;
    int previous = -1;
    int bits = 0;
    int held = 0;
    int done = 0;
    for (byte[] block = blocks.next(); block.length > 0 && done < pixels.length; ) {
      for (byte one : block) {
        bits |= Byte.toUnsignedInt(one) << held;
        held += Byte.SIZE;
        while (held >= width && done < pixels.length) {
          int code = bits & ((1 << width) - 1);
          bits >>>= width;
          held -= width;
          if (code == clear) {
            width = depth + 1;
            free = clear + 2;
            previous = -1;
            continue;
          }
          if (code == clear + 1) {
            return done;
          }
          if (code > free || (code == free && previous < 0) || (previous < 0 && code > clear)) {
            return -1;
          }
          if (previous >= 0 && free < MOST) {
            before[free] = previous;
            length[free] = length[previous] + 1;
            last[free] = first(code == free ? previous : code);
            free++;
            if (free == 1 << width && width < MAX_BITS) {
              width++;
            }
          } else if (code == free) {
            return -1;
          }
          done += put(code, pixels, done);
          previous = code;
        }
      }
      block = done < pixels.length ? blocks.next() : block;
    }
    return done;
  }

  private byte first(int code) {
    int at = code;
    while (at > clear) {
      at = before[at];
    }
    return last[at];
  }

  private int put(int code, byte[] pixels, int from) {
    int count = Math.min(length[code], pixels.length - from);
    int at = code;
    for (int i = length[code] - 1; i >= 0; i--) {
      if (i < count) {
        pixels[from + i] = last[at];
      }
      at = before[at];
    }
    return count;
  }
}
