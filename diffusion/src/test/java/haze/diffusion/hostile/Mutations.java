package haze.diffusion.hostile;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/// Makes of the bytes of a sound file those of a damaged or a hostile one, as a function of the
/// random numbers alone.
final class Mutations {
  /// Numbers that sizes and positions overflow at.
  private static final long[] EDGES = {
    0,
    1,
    -1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x10000,
    0x7FFFFFF7,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    0xFFFFFFFFL,
    1L << 32,
    1L << 40,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private static final String[] TOKENS = {
    "-1",
    "0",
    "1e999",
    "2147483648",
    "1e-320",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[[[",
    "NaN",
    ","
  };

  private static final int MOST_AT_ONCE = 4;
  private static final int CHUNK_FRAME = 12;
  private static final int PNG_SIGNATURE = 8;

  private Mutations() {}

  /// {@return a damaged copy}
  static byte[] of(byte[] sound, Random random) {
    byte[] file = sound.clone();
    int count = 1 + random.nextInt(MOST_AT_ONCE);
    for (int i = 0; i < count && file.length > 0; i++) {
      file = once(file, random);
    }
    // A checksum would hide what stands behind it.
    if (random.nextBoolean()) {
      repairChecksums(file);
    }
    return file;
  }

  private static byte[] once(byte[] file, Random random) {
    int at = place(file.length, random);
    switch (random.nextInt(9)) {
      case 0 -> file[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      case 1 -> file[at] = (byte) random.nextInt(256);
      case 2 -> number(file, at, EDGES[random.nextInt(EDGES.length)], random);
      case 3 -> Arrays.fill(file, at, end(file, at, random), (byte) (random.nextInt(2) - 1));
      case 4 -> {
        return Arrays.copyOf(file, at);
      }
      case 5 -> {
        return spliced(file, at, end(file, at, random), new byte[0]);
      }
      case 6 -> {
        int from = place(file.length, random);
        return spliced(file, at, at, Arrays.copyOfRange(file, from, end(file, from, random)));
      }
      case 7 -> {
        return token(file, at, TOKENS[random.nextInt(TOKENS.length)]);
      }
      case 8 -> {
        return spliced(file, at, Math.min(at + 1, file.length), new byte[random.nextInt(300)]);
      }
      default -> throw new AssertionError();
    }
    return file;
  }

  /// Half of the places are in the header.
  private static int place(int length, Random random) {
    return random.nextInt(random.nextBoolean() ? length : Math.min(length, 256));
  }

  private static int end(byte[] file, int from, Random random) {
    return Math.min(file.length, from + 1 + random.nextInt(64));
  }

  private static void number(byte[] file, int at, long number, Random random) {
    int width = 1 << random.nextInt(4);
    boolean big = random.nextBoolean();
    for (int i = 0; i < width && at + i < file.length; i++) {
      file[at + i] = (byte) (number >>> Byte.SIZE * (big ? width - 1 - i : i));
    }
  }

  /// Puts a token in the place of a number or word, in what is a text.
  private static byte[] token(byte[] file, int at, String token) {
    int from = at;
    int to = at;
    while (from > 0 && isWord(file[from - 1])) {
      from--;
    }
    while (to < file.length && isWord(file[to])) {
      to++;
    }
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) token.charAt(i);
    }
    return spliced(file, from, to, bytes);
  }

  private static boolean isWord(byte b) {
    return Character.isLetterOrDigit(b) || b == '.' || b == '-' || b == '_';
  }

  private static byte[] spliced(byte[] file, int from, int to, byte[] middle) {
    byte[] result = Arrays.copyOf(file, from + middle.length + file.length - to);
    System.arraycopy(middle, 0, result, from, middle.length);
    System.arraycopy(file, to, result, from + middle.length, file.length - to);
    return result;
  }

  /// Writes the right CRC behind every chunk of a PNG file; another file stays as it is.
  private static void repairChecksums(byte[] file) {
    if (file.length < PNG_SIGNATURE || file[1] != 'P' || file[2] != 'N' || file[3] != 'G') {
      return;
    }
    int at = PNG_SIGNATURE;
    while (at + CHUNK_FRAME <= file.length) {
      long length = number(file, at);
      if (length > file.length - at - CHUNK_FRAME) {
        return;
      }
      CRC32 crc = new CRC32();
      crc.update(file, at + 4, (int) length + 4);
      int sum = at + 8 + (int) length;
      for (int i = 0; i < 4; i++) {
        file[sum + i] = (byte) (crc.getValue() >>> Byte.SIZE * (3 - i));
      }
      at = sum + 4;
    }
  }

  private static long number(byte[] file, int at) {
    long number = 0;
    for (int i = 0; i < 4; i++) {
      number = number << Byte.SIZE | Byte.toUnsignedLong(file[at + i]);
    }
    return number;
  }
}
