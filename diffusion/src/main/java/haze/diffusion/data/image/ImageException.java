package haze.diffusion.data.image;

import java.io.IOException;

/// An image file that cannot be read, is damaged or refused; the message is one line that begins
/// with the image's name.
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1;

  /// A problem that the reader found itself.
  ImageException(String name, String problem) {
    super(name + ": " + problem);
  }

  /// A problem that something else found.
  ImageException(String name, String problem, Throwable cause) {
    super(name + ": " + problem, cause);
  }
}
