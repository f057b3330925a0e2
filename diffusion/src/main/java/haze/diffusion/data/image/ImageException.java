package haze.diffusion.data.image;

import haze.nn.file.PrintableText;
import java.io.IOException;

/// An image file that cannot be read, is damaged or refused; the message is one line that begins
/// with the image's name.
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1;

  /// A problem that the reader found itself.
  ImageException(String name, String problem) {
    super(PrintableText.harmless(name + ": " + problem));
  }

  /// A problem that something else found.
  ImageException(String name, String problem, Throwable cause) {
    super(PrintableText.harmless(name + ": " + problem), cause);
  }

  /// A failure of a reader of the JDK. They answer damaged files with index, argument and null
  /// pointer exceptions as well, whose messages are for programmers.
  static ImageException damaged(String name, Exception cause) {
    String message = cause instanceof IOException ? cause.getMessage() : null;
    String problem =
        message == null
            ? "its pixels cannot be decoded (" + cause.getClass().getSimpleName() + ")"
            : message.lines().findFirst().orElse("");
    return new ImageException(name, "is damaged: " + problem, cause);
  }
}
