package haze.diffusion.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Rng;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What the JDK writes without loss is read again, in every layout and in sizes that leave the
/// passes of an interlaced image empty.
class WrittenImagesTest {
  private static final int[][] SIZES = {{1, 1}, {2, 3}, {5, 1}, {1, 7}, {9, 8}, {33, 20}};

  static Stream<Arguments> layouts() {
    return IntStream.of(1, 2, 3, 4)
        .boxed()
        .flatMap(
            channels ->
                Stream.of(8, 16)
                    .flatMap(
                        bits ->
                            Stream.of(true, false)
                                .map(interlaced -> Arguments.of(channels, bits, interlaced))));
  }

  private static byte[] write(String format, BufferedImage image, boolean interlaced)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    var bytes = new ByteArrayOutputStream();
    try (var out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setProgressiveMode(
          interlaced ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /// An image of random samples, and half of them flat, for filters and long runs.
  private static BufferedImage image(int channels, int bits, int width, int height) {
    boolean grey = channels < 3;
    boolean alpha = channels % 2 == 0;
    var colours =
        new ComponentColorModel(
            ColorSpace.getInstance(grey ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
            alpha,
            false,
            alpha ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT);
    WritableRaster raster = colours.createCompatibleWritableRaster(width, height);
    fill(raster, 1 << bits);
    return new BufferedImage(colours, raster, false, null);
  }

  private static void fill(WritableRaster raster, int range) {
    Rng rng = new Rng(7, 0, 0, 0);
    int[] samples = new int[raster.getWidth() * raster.getHeight() * raster.getNumBands()];
    Arrays.setAll(samples, i -> i % 50 < 25 ? rng.below(i, range) : i / 50 % range);
    raster.setPixels(0, 0, raster.getWidth(), raster.getHeight(), samples);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aPngOfEveryLayoutIsRead(int channels, int bits, boolean interlaced) throws IOException {
    for (int[] size : SIZES) {
      BufferedImage image = image(channels, bits, size[0], size[1]);
      Pixels pixels = PngFile.read("x", write("png", image, interlaced));
      assertEquals(channels, pixels.channels());
      assertEquals(size[0], pixels.width());
      int[] samples = image.getRaster().getPixels(0, 0, size[0], size[1], (int[]) null);
      for (int i = 0; i < samples.length; i++) {
        assertEquals(
            Math.round(samples[i] * 255.0 / ((1 << bits) - 1)), pixels.bytes()[i] & 255, "at " + i);
      }
    }
  }

  private static BufferedImage indexed(int bits, int width, int height) {
    Rng rng = new Rng(8, 0, 0, 0);
    byte[][] table = new byte[3][1 << bits];
    for (int i = 0; i < 3 << bits; i++) {
      table[i % 3][i / 3] = (byte) rng.below(i, 256);
    }
    var colours = new IndexColorModel(bits, 1 << bits, table[0], table[1], table[2]);
    int type = bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY;
    BufferedImage image = new BufferedImage(width, height, type, colours);
    fill(image.getRaster(), 1 << bits);
    return image;
  }

  /// The largest GIF has more codes than there are numbers for them.
  @ParameterizedTest
  @MethodSource("formats")
  void coloursOfAPaletteAreRead(String format, int bits, boolean interlaced) throws IOException {
    for (int[] size : Stream.concat(Stream.of(SIZES), Stream.of(new int[] {150, 131})).toList()) {
      BufferedImage image = indexed(bits, size[0], size[1]);
      Levels levels =
          ImageDecoder.decode("x", write(format, image, interlaced), Background.WHITE).channels(3);
      for (int i = 0; i < levels.bytes().length; i++) {
        int rgb = image.getRGB(i / 3 % size[0], i / 3 / size[0]);
        assertEquals(rgb >> (16 - i % 3 * 8) & 255, levels.bytes()[i] & 255, "at " + i);
      }
    }
  }

  static Stream<Arguments> formats() {
    return Stream.of("png", "gif")
        .flatMap(
            format ->
                Stream.of(1, 2, 4, 8)
                    .flatMap(
                        bits ->
                            Stream.of(true, false)
                                .map(interlaced -> Arguments.of(format, bits, interlaced))));
  }

  /// The table of codes is full after 3838 of them, and stays so: "deferred clear" in the standard.
  @Test
  void aGifThatNeverClearsItsCodesIsRead() throws ImageException {
    int side = 100;
    byte[] pixels = new byte[side * side];
    Rng rng = new Rng(9, 0, 0, 0);
    BigInteger codes = BigInteger.ZERO;
    int length = 0;
    int width = 9;
    int free = 258;
    for (int i = -1; i <= pixels.length; i++) {
      boolean pixel = i >= 0 && i < pixels.length;
      int code = i < 0 ? 256 : pixel ? rng.below(i, 256) : 257;
      codes = codes.or(BigInteger.valueOf(code).shiftLeft(length));
      length += width;
      if (pixel) {
        pixels[i] = (byte) code;
      }
      if (i > 0 && free < 4096 && ++free == 1 << width && width < 12) {
        width++;
      }
    }
    int coded = Math.ceilDiv(length, 8);
    var file = new ByteArrayOutputStream();
    file.writeBytes("GIF89a".getBytes(StandardCharsets.US_ASCII));
    file.writeBytes(new byte[] {100, 0, 100, 0, (byte) 0x87, 0, 0});
    for (int i = 0; i < 256; i++) {
      file.writeBytes(new byte[] {(byte) i, (byte) i, (byte) i});
    }
    file.writeBytes(new byte[] {0x2C, 0, 0, 0, 0, 100, 0, 100, 0, 0, 8});
    byte[] bytes = codes.toByteArray();
    for (int from = 0; from < coded; from += 255) {
      int count = Math.min(255, coded - from);
      file.write(count);
      for (int i = from; i < from + count; i++) {
        file.write(i < bytes.length ? bytes[bytes.length - 1 - i] : 0);
      }
    }
    file.writeBytes(new byte[] {0, 0x3B});
    Levels levels = ImageDecoder.decode("x", file.toByteArray(), Background.WHITE).channels(1);
    assertArrayEquals(pixels, levels.bytes());
  }

  @Test
  void manyThreadsDecodeAtTheSameTime() throws Exception {
    List<String> names = RecordedLevelsTest.files().toList();
    List<Callable<Levels>> work =
        IntStream.range(0, 10 * names.size())
            .mapToObj(
                i ->
                    (Callable<Levels>)
                        () ->
                            ImageDecoder.read(
                                RecordedLevels.DIRECTORY.resolve(names.get(i % names.size())),
                                Background.WHITE))
            .toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<Levels>> done = threads.invokeAll(work);
      for (int i = 0; i < done.size(); i++) {
        assertArrayEquals(
            done.get(i % names.size()).get().bytes(),
            done.get(i).get().bytes(),
            names.get(i % names.size()));
      }
    }
  }
}
