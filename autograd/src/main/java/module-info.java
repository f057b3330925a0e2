import org.jspecify.annotations.NullMarked;

/// Reverse-mode differentiation on an explicit tape.
@NullMarked
module haze.autograd {
  requires static transitive org.jspecify;
  requires transitive haze.tensor;

  exports haze.autograd;
}
