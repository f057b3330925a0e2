package haze.diffusion.evaluation.frechet;

import java.util.List;
import java.util.stream.IntStream;

/// How often a classifier puts the samples of a class-conditional model into the class that was
/// requested.
///
/// @param requested for each class how many samples of it were requested
/// @param correct how many of them the classifier puts into that class
public record ClassAccuracy(List<Integer> requested, List<Integer> correct) {
  /// The lists are copied.
  public ClassAccuracy {
    requested = List.copyOf(requested);
    correct = List.copyOf(correct);
  }

  /// {@return the counts for samples}
  ///
  /// @param labels the class that each was requested of
  /// @param features of the samples
  static ClassAccuracy of(int[] labels, Features features, int classes) {
    int[] requested = new int[classes];
    int[] correct = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      requested[labels[i]]++;
      correct[labels[i]] += features.predictedClass(i) == labels[i] ? 1 : 0;
    }
    return new ClassAccuracy(
        IntStream.of(requested).boxed().toList(), IntStream.of(correct).boxed().toList());
  }

  /// {@return the part of all samples that is correct, 0..1}
  public double overall() {
    return (double) sum(correct) / sum(requested);
  }

  /// {@return the part of a class's samples that is correct, 0..1; NaN if none was requested}
  ///
  /// @param label the class, from 0
  public double of(int label) {
    return (double) correct.get(label) / requested.get(label);
  }

  private static int sum(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).sum();
  }
}
