package haze.diffusion.data;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One image as a person names it: `mnist:7`, `test:7`, `FILE.idx.gz:7`, or a PNG or JPEG file.
///
/// @param source a [DataSource] as text, or the file of a single image
/// @param number which image of the source, from 0; none for a single image's file
public record ImageArgument(String source, OptionalInt number) {
  /// What an argument may be, for help and messages.
  public static final String FORMS = "mnist:N, test:N, FILE:N, or a PNG or JPEG file";

  private static final Pattern NUMBERED = Pattern.compile("(.+):([0-9]{1,9})");

  /// Understands an argument. Whether there is such an image is seen by [#read].
  ///
  /// @param text the argument
  /// @return what it means
  public static ImageArgument parse(String text) {
    Matcher numbered = NUMBERED.matcher(text);
    return numbered.matches()
        ? new ImageArgument(numbered.group(1), OptionalInt.of(Integer.parseInt(numbered.group(2))))
        : new ImageArgument(text, OptionalInt.empty());
  }

  /// Reads the image as a network wants it. Colours become grey by Rec. 601's weights, as in
  /// Pillow, and grey becomes three equal channels, if the network's channels are others than the
  /// image's.
  ///
  /// @param shape the network's images, `[h, w, c]`, c is 1 or 3
  /// @param fit whether an image of another size is cut to its middle part and scaled; else it is
  ///   refused
  /// @return `[1, h, w, c]`, in [-1, 1]
  /// @throws DataException in one line, if there is no such image, it is damaged, or its size is
  ///   another
  public Tensor read(Shape shape, boolean fit) throws DataException {
    if (number.isEmpty()) {
      return ImageFile.read(Path.of(source), shape, fit);
    }
    ImageDataset images = DataSource.parse(source).load();
    int index = number.getAsInt();
    if (index >= images.count()) {
      throw new DataException(
          source + ":" + index, "no such image, there are 0 to " + (images.count() - 1));
    }
    Shape own = images.imageShape();
    Fit.check(source + ":" + index, own.dim(1), own.dim(0), shape, fit);
    return Fit.to(shape, images.image(index));
  }
}
