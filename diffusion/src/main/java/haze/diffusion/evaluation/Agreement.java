package haze.diffusion.evaluation;

import java.util.List;
import java.util.stream.IntStream;

/// How often the pictures of a class-conditional model are taken for the class that was asked for.
///
/// @param asked for each class how many pictures of it were asked for
/// @param agreed how many of them the classifier takes for that class
public record Agreement(List<Integer> asked, List<Integer> agreed) {
  /// Copies the lists.
  public Agreement {
    asked = List.copyOf(asked);
    agreed = List.copyOf(agreed);
  }

  /// Counts.
  ///
  /// @param labels the class that was asked for in each picture
  /// @param features what the classifier sees in them
  /// @param classes how many classes there are
  static Agreement of(int[] labels, Features features, int classes) {
    int[] asked = new int[classes];
    int[] agreed = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      asked[labels[i]]++;
      agreed[labels[i]] += features.takenFor(i) == labels[i] ? 1 : 0;
    }
    return new Agreement(
        IntStream.of(asked).boxed().toList(), IntStream.of(agreed).boxed().toList());
  }

  /// How often for all classes together.
  ///
  /// @return a part from 0 to 1
  public double overall() {
    return (double) sum(agreed) / sum(asked);
  }

  /// How often for one class.
  ///
  /// @param label the class, from 0
  /// @return a part from 0 to 1; NaN if none was asked for
  public double of(int label) {
    return (double) agreed.get(label) / asked.get(label);
  }

  private static int sum(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).sum();
  }
}
