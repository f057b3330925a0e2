package haze.diffusion.evaluation.frechet;

import haze.autograd.Reshape;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.io.Quantities;
import haze.nn.Conv2d;
import haze.nn.GroupNormLayer;
import haze.nn.Linear;
import haze.nn.Module;
import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import haze.tensor.Shape;

/// A small convolutional classifier of images, whose last layer but one is what samples and real
/// images are compared by.
///
/// ```
/// images [n, h, w, c]
/// 3x3 convolution to 16 channels, group normalisation, SiLU       [n, h,   w,   16]
/// the same to 32 channels, every second pixel                     [n, h/2, w/2, 32]
/// the same to 64 channels, every second pixel                     [n, h/4, w/4, 64]
/// fully connected, SiLU: the features                             [n, 64]
/// fully connected: the scores, whose softmax are probabilities    [n, classes]
/// ```
///
/// Halves are rounded up.
public final class Classifier extends Module {
  /// The number of features of an image.
  public static final int FEATURES = 64;

  private static final int KERNEL = 3;
  private static final int[] CHANNELS = {16, 32, 64};
  private static final int GROUPS = 4;
  private static final float EPSILON = 1e-5f;

  private final Shape image;
  private final int classes;
  private final Conv2d[] convolutions = new Conv2d[CHANNELS.length];
  private final GroupNormLayer[] normalizations = new GroupNormLayer[CHANNELS.length];
  private final Linear hidden;
  private final Linear output;

  /// A classifier with all weights 0.
  ///
  /// @param image the shape of an image, `[h, w, c]`
  /// @throws IllegalArgumentException if the shape has not three axes, or there is no class
  public Classifier(Shape image, int classes) {
    if (image.rank() != 3 || image.size() == 0 || classes < 1) {
      throw new IllegalArgumentException(
          "classifier: "
              + Quantities.counted(classes, "class")
              + " of images "
              + image
              + ", expected at least one and [h, w, c]");
    }
    this.image = image;
    this.classes = classes;
    int in = image.dim(2);
    for (int i = 0; i < CHANNELS.length; i++) {
      Convolution every = Convolution.of(i == 0 ? 1 : 2, 1);
      convolutions[i] = register("conv" + (i + 1), new Conv2d(in, CHANNELS[i], KERNEL, every));
      normalizations[i] =
          register(
              "norm" + (i + 1),
              new GroupNormLayer(CHANNELS[i], new GroupNorm(GROUPS, EPSILON, true)));
      in = CHANNELS[i];
    }
    hidden = register("hidden", new Linear(Math.toIntExact(flat(image)), FEATURES));
    output = register("output", new Linear(FEATURES, classes));
  }

  /// The elements of an image behind the convolutions.
  private static long flat(Shape image) {
    return Math.ceilDiv(image.dim(0), 4L)
        * Math.ceilDiv(image.dim(1), 4L)
        * CHANNELS[CHANNELS.length - 1];
  }

  /// The parameters of the largest layer, to compare with what a file holds before a network is
  /// made.
  static long leastParameters(Shape image, int classes) {
    return FEATURES * (flat(image) + classes);
  }

  /// {@return the shape of an image, `[h, w, c]`}
  public Shape image() {
    return image;
  }

  /// {@return the number of classes, at least 1}
  public int classes() {
    return classes;
  }

  /// {@return the features, `[n, FEATURES]`}
  ///
  /// @param images `[n, h, w, c]` in [-1, 1]
  /// @throws IllegalArgumentException if the images have another size
  public Variable features(Tape tape, Variable images) {
    int n = images.value().dim(0);
    Shape expected = image.batch(n);
    if (!images.value().shape().equals(expected)) {
      throw new IllegalArgumentException(
          "classifier: images " + images.value().shape() + ", expected " + expected);
    }
    Variable x = images;
    for (int i = 0; i < convolutions.length; i++) {
      x = normalizations[i].forward(tape, convolutions[i].forward(tape, x));
    }
    return Silu.apply(tape, hidden.forward(tape, Reshape.apply(tape, x, n, -1)));
  }

  /// {@return the scores, `[n, classes]`: their softmax are the probabilities of the classes}
  ///
  /// @param features from [#features]
  public Variable scores(Tape tape, Variable features) {
    return output.forward(tape, features);
  }
}
