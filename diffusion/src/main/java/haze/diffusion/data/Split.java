package haze.diffusion.data;

import haze.tensor.Rng;
import java.util.stream.IntStream;

/// Which images of a data set are held out, to be measured with: one of every `oneIn` that follow
/// each other, drawn for each such block by its number alone; none of an incomplete last block.
///
/// So of sorted classes each has its share, and images that are added behind the others change
/// nothing before them.
record Split(int count, int oneIn) {
  private static final int PURPOSE = 0x53504C49;

  /// {@return the images that are held out, or those that are not}
  int[] indices(boolean held) {
    return IntStream.range(0, count).filter(index -> isHeld(index) == held).toArray();
  }

  private boolean isHeld(int index) {
    int block = index / oneIn;
    boolean complete = (block + 1L) * oneIn <= count;
    return complete && new Rng(0, PURPOSE, 0, block).below(0, oneIn) == index % oneIn;
  }
}
