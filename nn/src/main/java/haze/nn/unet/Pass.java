package haze.nn.unet;

import haze.autograd.Add;
import haze.autograd.DropoutOp;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Dropout;
import haze.tensor.Rng;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// What the parts of a network share in one forward pass.
final class Pass {
  private final Tape tape;
  private final Variable time;
  private final Variable embedding;
  private final Deque<Variable> skips = new ArrayDeque<>();
  private final @Nullable Dropout dropout;
  private @Nullable Variable image;
  private int dropped;

  /// @param time the embedding of timestep and class, `[n, embedding]`
  /// @param embedding its activation
  /// @param dropout of the first layer that has it; null: none is dropped
  Pass(Tape tape, Variable time, Variable embedding, @Nullable Dropout dropout) {
    this.tape = tape;
    this.time = time;
    this.embedding = embedding;
    this.dropout = dropout;
  }

  Tape tape() {
    return tape;
  }

  Variable time() {
    return time;
  }

  Variable embedding() {
    return embedding;
  }

  /// The skip connections from the way down to the way up.
  Deque<Variable> skips() {
    return skips;
  }

  /// {@return x, of which a layer of its own drops elements in training}
  Variable dropout(Variable x) {
    if (dropout == null) {
      return x;
    }
    Rng first = dropout.stream();
    Rng own = new Rng(first.seed(), first.purpose() + dropped++, first.step(), first.image());
    return DropoutOp.apply(tape, new Dropout(dropout.probability(), own), x);
  }

  /// The image beside the feature maps, at their resolution, of the blocks with skip connections
  /// between images.
  @Nullable Variable image() {
    return image;
  }

  Variable requireImage() {
    if (image == null) {
      throw new IllegalStateException("u-net: no image beside the feature maps");
    }
    return image;
  }

  void setImage(@Nullable Variable next) {
    image = next;
  }

  /// {@return x and the image beside it, if there is one}
  Variable withImage(Variable x) {
    return image == null ? x : Add.apply(tape, x, image);
  }
}
