package haze.diffusion.evaluation.frechet;

import haze.tensor.Tensor;

/// What a classifier sees in images: all that is kept of them.
public final class Features {
  private final Tensor values;
  private final int[] classes;
  private final double[] confidences;

  /// Room for the features of images.
  ///
  /// @param images how many
  Features(int images) {
    values = Tensor.zeros(images, Classifier.FEATURES);
    classes = new int[images];
    confidences = new double[images];
  }

  /// Sets what is seen in an image.
  ///
  /// @param image its number, from 0
  /// @param seen the features, `[Classifier.FEATURES]`
  /// @param predictedClass the class
  /// @param confidence the probability of that class
  void set(int image, Tensor seen, int predictedClass, double confidence) {
    values.at(image).copyFrom(seen);
    classes[image] = predictedClass;
    confidences[image] = confidence;
  }

  /// How many images they are of.
  ///
  /// @return the number
  public int count() {
    return classes.length;
  }

  /// What images are compared by.
  ///
  /// @return `[count, Classifier.FEATURES]`, the tensor itself
  public Tensor values() {
    return values;
  }

  /// The class that an image is taken for.
  ///
  /// @param image its number, from 0
  /// @return the class, from 0
  public int predictedClass(int image) {
    return classes[image];
  }

  /// How sure the classifier is of the classes.
  ///
  /// @return the mean probability of the class that each image is taken for
  public double meanConfidence() {
    double sum = 0;
    for (double confidence : confidences) {
      sum += confidence;
    }
    return sum / confidences.length;
  }
}
