package haze.diffusion.evaluation.frechet;

import haze.tensor.Tensor;
import java.util.Arrays;

/// What is kept of images: the features, the predicted class and its probability.
final class Features {
  private final Tensor values;
  private final int[] classes;
  private final double[] confidences;

  /// Room for the features of images.
  Features(int images) {
    values = Tensor.zeros(images, Classifier.FEATURES);
    classes = new int[images];
    confidences = new double[images];
  }

  /// Sets what is kept of an image.
  ///
  /// @param image its number, from 0
  /// @param features `[Classifier.FEATURES]`
  /// @param confidence the probability of that class
  void set(int image, Tensor features, int predictedClass, double confidence) {
    values.at(image).copyFrom(features);
    classes[image] = predictedClass;
    confidences[image] = confidence;
  }

  int count() {
    return classes.length;
  }

  /// {@return `[count, Classifier.FEATURES]`, the tensor itself}
  Tensor values() {
    return values;
  }

  int predictedClass(int image) {
    return classes[image];
  }

  /// {@return the mean probability of the predicted classes}
  double meanConfidence() {
    double sum = 0;
    for (double confidence : confidences) {
      sum += confidence;
    }
    return sum / confidences.length;
  }

  /// {@return the share of the images whose predicted class has a probability above
  /// [SampleReport#SURE]}
  double sureShare() {
    return Arrays.stream(confidences).filter(p -> p > SampleReport.SURE).count()
        / (double) confidences.length;
  }

  /// {@return how many images are predicted to be of each class}
  int[] histogram(int classes) {
    int[] histogram = new int[classes];
    for (int c : this.classes) {
      histogram[c]++;
    }
    return histogram;
  }
}
