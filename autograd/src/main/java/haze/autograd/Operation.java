package haze.autograd;

/// One step of a computation that can be differentiated: a record whose components are what the
/// backward pass needs, written by a static `apply` that computes the value.
public interface Operation {
  /// The result.
  ///
  /// @return the variable that `apply` returned
  Variable y();

  /// Adds this operation's part to the gradients of its inputs, from the gradient of [#y], which is
  /// complete: everything that used y has gone backward before.
  ///
  /// @param tape gives and takes memory
  void backward(Tape tape);
}
