package haze.diffusion.editing;

import haze.diffusion.pipeline.RequestException;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/// The part of an image that inpainting fills.
public sealed interface MaskRegion {
  /// The regions that have a name, for help and messages.
  String NAMES = "upper-half, lower-half, left-half, right-half, middle";

  /// What [#parse] understands, for help and messages.
  String FORMS =
      "left,top,right,bottom in pixels, right and bottom just outside; or one of " + NAMES;

  /// Which part of an image is kept.
  ///
  /// @param image the shape of the image, `[h, w, c]`
  /// @return `[1, h, w, c]`: 1 is kept, 0 is filled, between is mixed
  /// @throws RequestException if the region is not within the image
  Tensor mask(Shape image);

  /// Reads a region.
  ///
  /// @param text `left,top,right,bottom` in pixels, right and bottom just outside; or one of
  ///   [#NAMES], in any case
  /// @throws IllegalArgumentException if it is something else
  static MaskRegion parse(String text) {
    if (text.matches("\\d{1,6},\\d{1,6},\\d{1,6},\\d{1,6}")) {
      int[] sides = Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
      if (sides[0] < sides[2] && sides[1] < sides[3]) {
        return new Rectangle(sides[0], sides[1], sides[2], sides[3]);
      }
    }
    return Arrays.stream(Named.values())
        .filter(named -> named.text().equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("region is " + text + ", expected " + FORMS));
  }

  /// Pixels from left and top to just before right and bottom, counted from 0.
  record Rectangle(int left, int top, int right, int bottom) implements MaskRegion {
    @Override
    public Tensor mask(Shape image) {
      int height = image.dim(0);
      int width = image.dim(1);
      if (left < 0 || top < 0 || right > width || bottom > height) {
        throw new RequestException(
            "hole",
            "is "
                + left
                + ","
                + top
                + ","
                + right
                + ","
                + bottom
                + ", but the image is "
                + width
                + " x "
                + height);
      }
      Tensor mask = Tensor.full(1, image.batch(1).dims());
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          mask.at(0).at(y).at(x).fill(0);
        }
      }
      return mask;
    }
  }

  /// A region of an image of any size.
  enum Named implements MaskRegion {
    /// The rows above the middle.
    UPPER_HALF,
    /// The rows from the middle on.
    LOWER_HALF,
    /// The columns left of the middle.
    LEFT_HALF,
    /// The columns from the middle on.
    RIGHT_HALF,
    /// Half of the height and of the width.
    MIDDLE;

    private String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// {@return the region in pixels}
    public Rectangle within(int height, int width) {
      return switch (this) {
        case UPPER_HALF -> new Rectangle(0, 0, width, height / 2);
        case LOWER_HALF -> new Rectangle(0, height / 2, width, height);
        case LEFT_HALF -> new Rectangle(0, 0, width / 2, height);
        case RIGHT_HALF -> new Rectangle(width / 2, 0, width, height);
        case MIDDLE -> new Rectangle(width / 4, height / 4, width - width / 4, height - height / 4);
      };
    }

    @Override
    public Tensor mask(Shape image) {
      return within(image.dim(0), image.dim(1)).mask(image);
    }
  }

  /// The levels of an image, as diffusers' masks: white is filled, black is kept, grey is mixed.
  ///
  /// @param grey `[1, h, w, 1]`, in [-1, 1]
  record Grey(Tensor grey) implements MaskRegion {
    @Override
    public Tensor mask(Shape image) {
      Tensor mask = Tensor.zeros(image.batch(1).dims());
      float[] levels = grey.toArray();
      for (int i = 0; i < mask.size(); i++) {
        // White, 1, is not kept; black, -1, is.
        mask.data()[i] = 0.5f - 0.5f * levels[i / image.dim(2)];
      }
      return mask;
    }
  }
}
