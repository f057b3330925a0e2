package haze.diffusion.data;

import haze.diffusion.data.image.Background;
import haze.diffusion.data.image.ImageDecoder;
import haze.diffusion.data.image.Levels;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One image as a person names it: `mnist:7`, `test:7`, `FILE.idx.gz:7`, or an image file.
///
/// @param source a [DataSource] as text, or the file of a single image
/// @param number which image of the source, from 0; none for a single image's file
public record ImageArgument(String source, OptionalInt number) {
  /// What an argument may be, for help and messages.
  public static final String FORMS =
      "mnist:N, test:N, FILE:N, or a " + ImageDecoder.FORMATS + " file";

  private static final String MASK_HINT =
      "a mask is white where it is filled: flatten it, on black to keep what is transparent";

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

  /// Reads the image as a network wants it. Colours become grey and grey becomes three equal
  /// channels, as by [Levels#channels], if the network's channels are others than the image's.
  ///
  /// @param shape the network's images, `[h, w, c]`, c is 1 or 3
  /// @param fit whether an image of another size is cut to its middle and scaled, as by
  ///   [Levels#fit]; else it is refused
  /// @param background what shows through a file's image where it is transparent
  /// @return `[1, h, w, c]`, in [-1, 1]
  /// @throws IOException in one line, if there is no such image, it is damaged, or its size is
  ///   another
  public Tensor read(Shape shape, boolean fit, Background background) throws IOException {
    return number.isEmpty()
        ? EachImage.tensor(fitted(ImageDecoder.read(file(), background), shape, fit))
        : ofDataset(shape, fit, background);
  }

  /// Reads a mask: an image in grey, in which transparency would have no clear meaning.
  ///
  /// @param shape the mask's, `[h, w, 1]`
  /// @param fit as for [#read]
  /// @return `[1, h, w, 1]`, in [-1, 1]
  /// @throws IOException as for [#read]; and if a pixel is transparent
  public Tensor readMask(Shape shape, boolean fit) throws IOException {
    return number.isEmpty()
        ? EachImage.tensor(fitted(ImageDecoder.readOpaque(file(), MASK_HINT), shape, fit))
        : ofDataset(shape, fit, Background.DEFAULT);
  }

  private Path file() throws IOException {
    Path file = Path.of(source);
    if (!Files.exists(file)) {
      throw new DataException(source, "no such file; an image is " + FORMS);
    }
    if (Files.isRegularFile(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        if (!ImageDecoder.recognises(in.readNBytes(ImageDecoder.HEAD))) {
          throw new DataException(source, "is no image file; an image is " + FORMS);
        }
      }
    }
    return file;
  }

  private Tensor ofDataset(Shape shape, boolean fit, Background background) throws IOException {
    EachImage images =
        EachImage.of(DataSource.parse(source, DataOptions.NONE.withBackground(background)));
    int index = number.getAsInt();
    if (index >= images.count()) {
      throw new DataException(name(), "no such image, there are 0 to " + (images.count() - 1));
    }
    Tensor image = images.read(index);
    Shape own = Shape.of(image.dim(1), image.dim(2), image.dim(3));
    if (own.equals(shape)) {
      return image;
    }
    return EachImage.tensor(
        fitted(new Levels(own, PixelScale.levels(image.toArray())), shape, fit));
  }

  private String name() {
    return number.isEmpty() ? source : source + ":" + number.getAsInt();
  }

  private Levels fitted(Levels image, Shape shape, boolean fit) throws DataException {
    int height = image.shape().dim(0);
    int width = image.shape().dim(1);
    if (!fit && (height != shape.dim(0) || width != shape.dim(1))) {
      throw new DataException(
          name(),
          "is "
              + width
              + " x "
              + height
              + ", expected "
              + shape.dim(1)
              + " x "
              + shape.dim(0)
              + " as the model makes them; --fit scales it");
    }
    return image.fit(shape.dim(0), shape.dim(1)).channels(shape.dim(2));
  }
}
