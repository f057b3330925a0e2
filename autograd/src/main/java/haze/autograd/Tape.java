package haze.autograd;

import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.KeptFilters;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The operations of a computation in the order in which they ran, and the memory of their results.
///
/// Every operation takes the tape as its first argument, computes its value, and, if the tape
/// records, appends itself. [#backward] goes through the tape from the end: when it reaches an
/// operation, all that used its result has been passed. That is reverse-mode differentiation; there
/// is no graph to sort and no recursion.
///
/// {@snippet file="haze/autograd/ExamplesTest.java" region="gradient"}
///
/// Results live in arrays of a pool and return to it as soon as nothing needs them: during
/// backward, at the end of a [#scope], and at the latest at [#close]. To forget `close` costs the
/// reuse of memory, nothing else. A tape is used by one thread.
public final class Tape implements Allocator, AutoCloseable {
  private static final int PRINTED_OPERATIONS = 16;

  /// Arrays and parameters of a tape that records a U-Net: a map that grows to them leaves as much
  /// garbage as it has in the end, at every step.
  private static final int MANY = 256;

  private static final int FEW = 32;

  private final boolean recording;
  private final BufferPool pool;
  private final List<Operation> operations;
  private final IdentityHashMap<Tensor, Variable> watched;

  /// Arrays on loan from the pool, with the order in which they were lent.
  private final IdentityHashMap<float[], Long> lent;

  private final @Nullable KeptFilters filters;

  private long loans;

  private Tape(boolean recording, BufferPool pool, @Nullable KeptFilters filters) {
    this.recording = recording;
    this.pool = pool;
    this.filters = filters;
    operations = new ArrayList<>(recording ? MANY : 0);
    watched = new IdentityHashMap<>(recording ? MANY : FEW);
    lent = new IdentityHashMap<>(recording ? MANY : FEW);
  }

  /// {@return a tape that records; the pool lends the memory of results}
  public static Tape recording(BufferPool pool) {
    return new Tape(true, pool, null);
  }

  /// {@return a tape that is off: operations compute their values, in memory of the pool, and are
  /// not recorded}
  public static Tape off(BufferPool pool) {
    return new Tape(false, pool, null);
  }

  /// {@return a tape that is off, for parameters that stay as they are while the filters are kept}
  public static Tape off(BufferPool pool, KeptFilters filters) {
    return new Tape(false, pool, filters);
  }

  /// {@return a variable without gradient: data, or a fixed number}
  ///
  /// @param value not copied
  public Variable constant(Tensor value) {
    return Variable.constant(value);
  }

  /// {@return a variable whose gradient is collected: a parameter. [#leaf] finds it again by the
  /// value}
  ///
  /// @param value not copied
  /// @param gradient [#backward] adds to it
  /// @throws IllegalArgumentException if the shapes differ
  public Variable watch(Tensor value, Tensor gradient) {
    if (!value.shape().equals(gradient.shape())) {
      throw new IllegalArgumentException(
          "watch: gradient " + gradient.shape() + " for value " + value.shape());
    }
    Variable variable = recording ? Variable.leaf(value, gradient) : Variable.constant(value);
    watched.put(value, variable);
    return variable;
  }

  /// {@return the variable of a watched tensor, or a constant if it is not watched}
  ///
  /// @param value the very tensor that was given to [#watch]
  public Variable leaf(Tensor value) {
    Variable variable = watched.get(value);
    return variable == null ? constant(value) : variable;
  }

  /// {@return the variable for an operation's result; it needs a gradient if this tape records and
  /// an input needs one}
  ///
  /// @param value allocated by this tape
  public Variable output(Tensor value, @Nullable Variable... inputs) {
    return Variable.output(value, null, anyNeedsGradient(inputs));
  }

  /// {@return the variable for an operation's result that can be computed again, see [#forget]}
  ///
  /// @param again computes it once more from the inputs, to the same bits, allocated by this tape
  public Variable output(Tensor value, Supplier<Tensor> again, @Nullable Variable... inputs) {
    boolean needsGradient = anyNeedsGradient(inputs);
    return Variable.output(value, needsGradient ? again : null, needsGradient);
  }

  /// {@return the variable for a result that shares the memory of its input}
  ///
  /// @param shape of as many elements as the input has
  public Variable view(Shape shape, Variable input) {
    return Variable.view(shape, input);
  }

  /// {@return the variable for an operation's result that can be computed again, see [#forget]}
  ///
  /// @param value computes it from the inputs, to the same bits each time, allocated by this tape
  /// @param inputs null: one that this result does not have
  public Variable output(Supplier<Tensor> value, @Nullable Variable... inputs) {
    return output(value.get(), value, inputs);
  }

  /// Lets go of a value that the rest of the forward pass has no use for: its memory is free for
  /// what follows. Where backward needs it, it is computed again, to the same bits.
  ///
  /// Values of operations that cannot compute them again, and all if the tape is off, stay.
  public void forget(Variable variable) {
    variable.forget(this);
  }

  private static boolean anyNeedsGradient(@Nullable Variable... inputs) {
    for (Variable input : inputs) {
      if (input != null && input.needsGradient()) {
        return true;
      }
    }
    return false;
  }

  /// Appends an operation that has just computed its value, if its result needs a gradient.
  ///
  /// @return the operation's result
  public Variable record(Operation operation) {
    if (operation.y().needsGradient()) {
      operations.add(operation);
    }
    return operation.y();
  }

  /// Adds the derivative of a scalar with respect to every watched tensor to that tensor's
  /// gradient.
  ///
  /// The tape is empty afterwards, and the values on it are recycled, except the scalar's.
  ///
  /// @throws IllegalArgumentException if the scalar has more than one element
  /// @throws IllegalStateException if no watched tensor has a part in it, or it is not on this
  ///   tape, for instance because backward has emptied the tape before
  public void backward(Variable scalar) {
    if (scalar.shape().size() != 1) {
      throw new IllegalArgumentException("backward: not a scalar: " + scalar.shape());
    }
    if (!scalar.needsGradient()) {
      throw new IllegalStateException("backward: nothing watched has a part in the value");
    }
    if (!scalar.isLeaf() && operations.stream().noneMatch(o -> o.y().equals(scalar))) {
      throw new IllegalStateException(
          "backward: the value is not on this tape, or backward has passed it before");
    }
    // Not to be recycled, even if the scalar shares it with a variable before it.
    float[] result = scalar.value().data();
    Long loan = lent.remove(result);
    scalar.addGradient(this, allocate(scalar.shape()).fill(1));
    for (int i = operations.size() - 1; i >= 0; i--) {
      Operation operation = operations.get(i);
      Variable y = operation.y();
      if (y.hasGradient()) {
        operation.backward(this);
      }
      y.recycle(this, y.equals(scalar));
    }
    operations.clear();
    if (loan != null) {
      lent.put(result, loan);
    }
  }

  /// {@return the number of operations recorded; 0 if the tape is off}
  public int length() {
    return operations.size();
  }

  /// {@return the operations recorded, in the order in which they ran; empty if the tape is off}
  ///
  /// A view, for looking at what a network computes: shapes, and values that were not forgotten.
  public List<Operation> operations() {
    return Collections.unmodifiableList(operations);
  }

  /// Runs a part of a computation of which only the result is needed afterwards. If the tape is
  /// off, the memory of everything else that the part allocated is free for what follows; if it
  /// records, backward needs it and nothing happens.
  public Variable scope(Supplier<Variable> part) {
    if (recording) {
      return part.get();
    }
    long before = loans;
    Variable result = part.get();
    long kept = lent.getOrDefault(result.value().data(), -1L);
    lent.entrySet()
        .removeIf(
            loan -> {
              boolean ends = loan.getValue() >= before && loan.getValue() != kept;
              if (ends) {
                pool.give(loan.getKey());
              }
              return ends;
            });
    return result;
  }

  @Override
  public Tensor allocate(Shape shape) {
    float[] array = pool.take(ALIGNED_OFFSET + shape.size());
    // Only a scope of a tape that is off asks for the order; a number is an object here.
    lent.put(array, recording ? 0L : loans++);
    return Tensor.wrap(shape, array, ALIGNED_OFFSET);
  }

  @Override
  public float[] borrow(int length) {
    return pool.borrow(length);
  }

  @Override
  public void giveBack(float[] array) {
    pool.giveBack(array);
  }

  @Override
  public @Nullable KeptFilters keptFilters() {
    return filters;
  }

  /// Gives the memory of a tensor that nobody uses any more back to the pool, if this tape
  /// allocated it.
  public void release(Tensor tensor) {
    if (lent.remove(tensor.data()) != null) {
      pool.give(tensor.data());
    }
  }

  @Override
  public void close() {
    lent.keySet().forEach(pool::give);
    lent.clear();
    operations.clear();
    watched.clear();
  }

  /// {@return for instance `Tape: recording, 2 watched, 3 operations: MatMulOp, Add, Sum`}
  @Override
  public String toString() {
    String names =
        operations.stream()
            .limit(PRINTED_OPERATIONS)
            .map(operation -> operation.getClass().getSimpleName())
            .collect(Collectors.joining(", ", operations.isEmpty() ? "" : ": ", ""));
    return "Tape: %s, %d watched, %d operations%s%s"
        .formatted(
            recording ? "recording" : "off",
            watched.size(),
            operations.size(),
            names,
            operations.size() > PRINTED_OPERATIONS ? ", ..." : "");
  }
}
