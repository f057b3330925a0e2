package haze.diffusion.data.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The formats of image files: a new one is a row here, and its reader.
@SuppressWarnings(
    "ImmutableEnumChecker") // A reader is a static method, and nobody writes to the lists.
enum ImageFormat {
  PNG(List.of("png"), PngFile::read, "\u0089PNG\r\n\u001a\n"),
  JPEG(List.of("jpg", "jpeg"), JpegFile::read, "\u00ff\u00d8\u00ff"),
  GIF(List.of("gif"), GifFile::read, "GIF87a", "GIF89a"),
  BMP(List.of("bmp"), JdkReader::bmp, "BM"),
  TIFF(List.of("tif", "tiff"), JdkReader::tiff, "II*\0", "MM\0*");

  /// The usual endings of a file's name.
  final List<String> extensions;

  final Reader reader;

  private final List<byte[]> signatures;

  /// Makes pixels, upright, of a file's bytes.
  @FunctionalInterface
  interface Reader {
    /// Reads an image.
    ///
    /// @param name begins the message of an error
    Pixels read(String name, byte[] file) throws ImageException;
  }

  /// A format.
  ///
  /// @param signatures what a file begins with, one of these, a character for a byte
  ImageFormat(List<String> extensions, Reader reader, String... signatures) {
    this.extensions = extensions;
    this.reader = reader;
    this.signatures =
        Stream.of(signatures).map(text -> text.getBytes(StandardCharsets.ISO_8859_1)).toList();
  }

  /// {@return the format of a file that begins so}
  static Optional<ImageFormat> of(byte[] head) {
    return Stream.of(values())
        .filter(format -> format.signatures.stream().anyMatch(s -> begins(head, s)))
        .findFirst();
  }

  private static boolean begins(byte[] head, byte[] signature) {
    return head.length >= signature.length
        && Arrays.equals(head, 0, signature.length, signature, 0, signature.length);
  }
}
