package haze.autograd;

/// One step of a computation that can be differentiated: a record whose components are what the
/// backward pass needs, made by a static `apply` that computes the value.
///
/// {@snippet file="haze/autograd/SineTest.java" region="operation"}
public interface Operation {
  /// {@return the result, the variable that `apply` returned}
  Variable y();

  /// Adds this operation's part to the gradients of its inputs, from the gradient of [#y], which is
  /// complete: everything that used y has gone backward before. The tape gives and takes memory.
  void backward(Tape tape);
}
