package haze.diffusion.data.image;

import haze.diffusion.data.image.PngFile.Header;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// The rows of a PNG file: inflated, unfiltered, and of any depth made levels.
final class PngRows {
  /// Adam7: of each of the seven images, the first column and row, and their distance.
  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  private static final int MAX = 255;
  private static final int MAX_16 = 65_535;
  private static final int RGB = 3;

  private final String name;
  private final Header header;
  private final byte[] palette;
  private final byte[] transparency;

  /// The channels of [#levels].
  private final int channels;

  private final byte[] levels;

  /// The level of each sample of less than 16 bits.
  private final byte[] scale;

  /// Of a grey or colour image without alpha: the samples of the transparent colour, if there is
  /// one.
  private final int[] key;

  PngRows(String name, Header header, byte[] palette, byte[] transparency) throws ImageException {
    this.name = name;
    this.header = header;
    this.palette = palette;
    this.transparency = transparency;
    int samples = header.samples();
    boolean indexed = header.type() == Header.PALETTE;
    if (indexed && (palette.length == 0 || palette.length % RGB != 0)) {
      throw damaged("a palette of " + palette.length + " bytes");
    }
    boolean keyed = (samples == 1 || samples == RGB) && transparency.length > 0;
    channels = (indexed ? RGB : samples) + (keyed ? 1 : 0);
    if (keyed && !indexed && transparency.length != 2 * samples) {
      throw damaged("a transparent colour of " + transparency.length + " bytes");
    }
    key = new int[keyed && !indexed ? samples : 0];
    for (int i = 0; i < key.length; i++) {
      key[i] =
          (Byte.toUnsignedInt(transparency[2 * i]) << Byte.SIZE
                  | Byte.toUnsignedInt(transparency[2 * i + 1]))
              & ((1 << header.depth()) - 1);
    }
    scale = new byte[header.depth() > Byte.SIZE ? 0 : 1 << header.depth()];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = (byte) (MAX * i / (scale.length - 1));
    }
    levels = new byte[Math.multiplyExact(header.width() * header.height(), channels)];
  }

  /// {@return the image that the chunks `IDAT` hold}
  Pixels read(List<ByteBuffer> data) throws ImageException {
    try (Inflater inflater = new Inflater()) {
      Iterator<ByteBuffer> chunks = data.iterator();
      for (int[] pass : header.interlaced() ? PASSES : WHOLE) {
        int width = Math.ceilDiv(header.width() - pass[0], pass[2]);
        int height = Math.ceilDiv(header.height() - pass[1], pass[3]);
        if (width > 0 && height > 0) {
          pass(inflater, chunks, pass, width, height);
        }
      }
      // Nothing is left but the checksum, which this compares.
      inflate(inflater, chunks, new byte[1]);
    } catch (DataFormatException e) {
      throw new ImageException(name, "is damaged: " + e.getMessage(), e);
    }
    return new Pixels(header.height(), header.width(), channels, levels);
  }

  private void pass(
      Inflater inflater, Iterator<ByteBuffer> chunks, int[] pass, int width, int height)
      throws DataFormatException, ImageException {
    int length = header.bytes(width);
    int distance = Math.max(1, header.samples() * header.depth() / Byte.SIZE);
    byte[] filter = new byte[1];
    byte[] above = new byte[length];
    byte[] row = new byte[length];
    for (int i = 0; i < height; i++) {
      int y = pass[1] + i * pass[3];
      if (inflate(inflater, chunks, filter) + inflate(inflater, chunks, row) <= length) {
        throw new ImageException(
            name, "is cut off: its pixels end in row " + y + " of " + header.height());
      }
      unfilter(filter[0], row, above, distance);
      if (header.depth() == Byte.SIZE && pass[2] == 1 && channels == header.samples()) {
        System.arraycopy(row, 0, levels, y * length, length);
      } else {
        put(row, y * header.width() + pass[0], pass[2], width);
      }
      byte[] used = above;
      above = row;
      row = used;
    }
  }

  /// Fills an array, as far as there is data.
  ///
  /// @return how many bytes there were
  private static int inflate(Inflater inflater, Iterator<ByteBuffer> chunks, byte[] to)
      throws DataFormatException {
    int done = 0;
    while (done < to.length) {
      int count = inflater.inflate(to, done, to.length - done);
      done += count;
      if (count == 0) {
        if (inflater.finished() || inflater.needsDictionary() || !chunks.hasNext()) {
          break;
        }
        inflater.setInput(chunks.next());
      }
    }
    return done;
  }

  /// Undoes a row's filter (section 9 of the specification).
  ///
  /// @param distance from a byte to the same one of the pixel before
  private void unfilter(int filter, byte[] row, byte[] above, int distance) throws ImageException {
    switch (filter) {
      case 0 -> {}
      case 1 -> {
        for (int i = distance; i < row.length; i++) {
          row[i] += row[i - distance];
        }
      }
      case 2 -> {
        for (int i = 0; i < row.length; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 0; i < row.length; i++) {
          int left = i < distance ? 0 : Byte.toUnsignedInt(row[i - distance]);
          row[i] += (byte) ((left + Byte.toUnsignedInt(above[i])) / 2);
        }
      }
      case 4 -> {
        for (int i = 0; i < Math.min(distance, row.length); i++) {
          row[i] += above[i];
        }
        for (int i = distance; i < row.length; i++) {
          row[i] += paeth(row[i - distance], above[i], above[i - distance]);
        }
      }
      default -> throw damaged("unknown filter " + filter);
    }
  }

  private static byte paeth(byte left, byte above, byte corner) {
    int a = Byte.toUnsignedInt(left);
    int b = Byte.toUnsignedInt(above);
    int c = Byte.toUnsignedInt(corner);
    int toLeft = Math.abs(b - c);
    int toAbove = Math.abs(a - c);
    int toCorner = Math.abs(a + b - 2 * c);
    return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
  }

  /// Makes levels of a row's samples.
  ///
  /// @param first the pixel of the first
  /// @param step from pixel to pixel
  private void put(byte[] row, int first, int step, int width) throws ImageException {
    int samples = header.samples();
    for (int i = 0; i < width; i++) {
      int to = (first + i * step) * channels;
      if (header.type() == Header.PALETTE) {
        indexed(sample(row, i), to);
      } else {
        boolean transparent = key.length > 0;
        for (int s = 0; s < samples; s++) {
          int sample = sample(row, i * samples + s);
          levels[to + s] = level(sample);
          transparent = transparent && sample == key[s];
        }
        if (key.length > 0) {
          levels[to + samples] = (byte) (transparent ? 0 : MAX);
        }
      }
    }
  }

  private void indexed(int index, int to) throws ImageException {
    if (index >= palette.length / RGB) {
      throw damaged("a pixel of colour " + index + " of " + palette.length / RGB);
    }
    System.arraycopy(palette, index * RGB, levels, to, RGB);
    if (channels > RGB) {
      levels[to + RGB] = index < transparency.length ? transparency[index] : (byte) MAX;
    }
  }

  private int sample(byte[] row, int index) {
    int depth = header.depth();
    return switch (depth) {
      case 8 -> Byte.toUnsignedInt(row[index]);
      case 16 ->
          Byte.toUnsignedInt(row[2 * index]) << Byte.SIZE | Byte.toUnsignedInt(row[2 * index + 1]);
      default -> {
        int bit = index * depth;
        int shift = Byte.SIZE - depth - bit % Byte.SIZE;
        yield row[bit / Byte.SIZE] >> shift & ((1 << depth) - 1);
      }
    };
  }

  /// The nearest level: `round(255 sample / (2^depth - 1))`.
  private byte level(int sample) {
    return header.depth() <= Byte.SIZE
        ? scale[sample]
        : (byte) ((sample * MAX + MAX_16 / 2) / MAX_16);
  }

  private ImageException damaged(String problem) {
    return new ImageException(name, "is damaged: " + problem);
  }
}
