package haze.diffusion.cli;

import haze.tensor.Tensor;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A part of a picture that is cut out: a rectangle in pixels, or one that is known by name.
sealed interface Hole {
  /// The names, for help and messages.
  String NAMES = "upper-half, lower-half, left-half, right-half, middle";

  /// How much of each pixel is kept.
  ///
  /// @return `[height, width]`: 0 in the hole, 1 elsewhere
  /// @throws IllegalArgumentException if the hole is not within the picture
  default Tensor kept(int height, int width) {
    Rectangle hole = within(height, width);
    if (hole.right > width || hole.bottom > height) {
      throw new IllegalArgumentException(
          "--hole is "
              + hole.left
              + ","
              + hole.top
              + ","
              + hole.right
              + ","
              + hole.bottom
              + ", but the picture is "
              + width
              + " x "
              + height);
    }
    Tensor kept = Tensor.full(1, height, width);
    for (int y = hole.top; y < hole.bottom; y++) {
      for (int x = hole.left; x < hole.right; x++) {
        kept.set(0, y, x);
      }
    }
    return kept;
  }

  /// The hole in pixels.
  Rectangle within(int height, int width);

  /// Pixels from left and top to just before right and bottom, counted from 0.
  record Rectangle(int left, int top, int right, int bottom) implements Hole {
    @Override
    public Rectangle within(int height, int width) {
      return this;
    }
  }

  /// A hole in a picture of any size.
  enum Named implements Hole {
    UPPER_HALF,
    LOWER_HALF,
    LEFT_HALF,
    RIGHT_HALF,
    MIDDLE;

    @Override
    public Rectangle within(int height, int width) {
      return switch (this) {
        case UPPER_HALF -> new Rectangle(0, 0, width, height / 2);
        case LOWER_HALF -> new Rectangle(0, height / 2, width, height);
        case LEFT_HALF -> new Rectangle(0, 0, width / 2, height);
        case RIGHT_HALF -> new Rectangle(width / 2, 0, width, height);
        case MIDDLE -> new Rectangle(width / 4, height / 4, width - width / 4, height - height / 4);
      };
    }
  }

  /// Reads a hole from the command line.
  final class Converter implements ITypeConverter<Hole> {
    private static final String RECTANGLE = "\\d{1,6},\\d{1,6},\\d{1,6},\\d{1,6}";

    @Override
    public Hole convert(String text) {
      if (text.matches(RECTANGLE)) {
        int[] sides = Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
        if (sides[0] < sides[2] && sides[1] < sides[3]) {
          return new Rectangle(sides[0], sides[1], sides[2], sides[3]);
        }
      }
      for (Named named : Named.values()) {
        if (named.name().replace('_', '-').equalsIgnoreCase(text)) {
          return named;
        }
      }
      throw new TypeConversionException(
          "'" + text + "' is neither left,top,right,bottom with an area nor one of " + NAMES);
    }
  }
}
