package haze.diffusion.evaluation.frechet;

import java.util.List;
import java.util.stream.IntStream;

/// How often the pictures of a class-conditional model are taken for the class that was requested
/// for.
///
/// @param requested for each class how many pictures of it were requested for
/// @param correct how many of them the classifier takes for that class
public record ClassAccuracy(List<Integer> requested, List<Integer> correct) {
  /// Copies the lists.
  public ClassAccuracy {
    requested = List.copyOf(requested);
    correct = List.copyOf(correct);
  }

  /// Counts.
  ///
  /// @param labels the class that was requested for in each picture
  /// @param features what the classifier sees in them
  /// @param classes how many classes there are
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

  /// How often for all classes together.
  ///
  /// @return a part from 0 to 1
  public double overall() {
    return (double) sum(correct) / sum(requested);
  }

  /// How often for one class.
  ///
  /// @param label the class, from 0
  /// @return a part from 0 to 1; NaN if none was requested for
  public double of(int label) {
    return (double) correct.get(label) / requested.get(label);
  }

  private static int sum(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).sum();
  }
}
