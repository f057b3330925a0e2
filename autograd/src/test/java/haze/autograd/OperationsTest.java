package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import haze.tensor.BufferPool;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What is true of every operation.
class OperationsTest {
  private static final Set<String> NOT_OPERATIONS =
      Set.of("Broadcast", "GradientCheck", "Operation", "Tape", "Variable", "package-info");

  /// The operations of the package by their files.
  static Set<String> operations() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/java/haze/autograd"))) {
      return files
          .map(file -> file.getFileName().toString().replace(".java", ""))
          .filter(name -> !NOT_OPERATIONS.contains(name))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void everyOperationOfThePackageIsInTheTable() throws IOException {
    assertEquals(
        operations(),
        OperationsFixture.all().stream()
            .map(OperationsFixture.Case::operation)
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @TestFactory
  Stream<DynamicTest> theGradientOfEveryInputIsThatOfTheValues() {
    return each(operation -> GradientCheck.check(operation.computation(), operation.inputs()));
  }

  @TestFactory
  Stream<DynamicTest> theSameHoldsForInputsThatAreResultsThemselves() {
    return each(
        operation ->
            GradientCheck.check(
                (tape, inputs) -> {
                  List<Variable> reversed =
                      inputs.stream().map(input -> reversed(tape, input)).toList();
                  return reversed(tape, operation.computation().apply(tape, reversed));
                },
                operation.inputs()));
  }

  /// The elements in reverse order: backward cannot do that in place without a trace.
  private static Variable reversed(Tape tape, Variable x) {
    int size = x.value().size();
    int[] order = IntStream.range(0, size).map(i -> size - 1 - i).toArray();
    Variable line = Gather.apply(tape, Reshape.apply(tape, x, -1), order);
    return Reshape.apply(tape, line, x.value().shape().dims());
  }

  @TestFactory
  Stream<DynamicTest> withoutATapeTheValueIsTheSameAndNothingElseIsKept() {
    return each(
        operation -> {
          var marked = new MarkedPool();
          try (Tape tape = Tape.off(marked.pool)) {
            Variable y =
                tape.scope(() -> operation.computation().apply(tape, watch(tape, operation)));
            assertEquals(0, tape.length());
            assertFalse(y.needsGradient());
            assertArrayEquals(run(operation, new BufferPool()).getFirst(), y.value().toArray());
            // A reshaped input is still the input.
            assertEquals(operation.operation().equals("Reshape") ? 0 : 1, marked.missing());
          }
          marked.assertComplete();
        });
  }

  @TestFactory
  Stream<DynamicTest> withoutATapeASingleOperationKeepsItsResultAlone() {
    return each(
        operation -> {
          if (operation.operation().equals("Mean")) { // two operations
            return;
          }
          var marked = new MarkedPool();
          try (Tape tape = Tape.off(marked.pool)) {
            Variable y = operation.computation().apply(tape, watch(tape, operation));
            tape.release(y.value());
            marked.assertComplete();
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> whatBackwardHasPassedIsFreeBeforeTheTapeIsClosed() {
    return each(
        operation -> {
          var marked = new MarkedPool();
          try (Tape tape = Tape.recording(marked.pool)) {
            Variable loss = loss(tape, operation);
            tape.backward(loss);
            tape.release(loss.value());
            marked.assertComplete();
          }
          marked.assertComplete();
        });
  }

  @TestFactory
  Stream<DynamicTest> whatIsComputedAgainHasTheSameBitsAndGradients() {
    return each(
        operation -> {
          var marked = new MarkedPool();
          List<float[]> expected = run(operation, new BufferPool());
          List<float[]> again = run(operation, marked.pool, Tape::forget);
          assertEquals(expected.size(), again.size());
          for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), again.get(i));
          }
          marked.assertComplete();
        });
  }

  @TestFactory
  Stream<DynamicTest> everyArrayComesBackOnceWhetherBackwardRanOrNot() {
    return each(
        operation -> {
          var marked = new MarkedPool();
          try (Tape tape = Tape.recording(marked.pool)) {
            loss(tape, operation);
          }
          marked.assertComplete();
          try (Tape tape = Tape.recording(marked.pool)) {
            Variable loss = loss(tape, operation);
            tape.backward(loss);
            loss(tape, operation);
          }
          marked.assertComplete();
        });
  }

  @TestFactory
  Stream<DynamicTest> memoryFullOfNaNChangesNoBitOfValuesAndGradients() {
    return each(
        operation -> {
          List<float[]> expected = run(operation, new BufferPool());
          var marked = new MarkedPool();
          for (int i = 0; i < 3; i++) {
            List<float[]> actual = run(operation, marked.pool);
            for (int j = 0; j < expected.size(); j++) {
              assertArrayEquals(expected.get(j), actual.get(j), "run " + i + ", result " + j);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> eachInputAloneGetsTheGradientThatItGetsAmongOthers() {
    return each(
        operation -> {
          List<float[]> all = run(operation, new BufferPool());
          for (int i = 0; i < operation.inputs().length; i++) {
            Tensor gradient = Tensor.zeros(operation.inputs()[i].shape().dims());
            var marked = new MarkedPool();
            try (Tape tape = Tape.recording(marked.pool)) {
              List<Variable> variables = new ArrayList<>();
              for (int j = 0; j < operation.inputs().length; j++) {
                Tensor input = operation.inputs()[j];
                variables.add(i == j ? tape.watch(input, gradient) : tape.constant(input));
              }
              Variable loss =
                  Sum.apply(tape, square(tape, operation.computation().apply(tape, variables)));
              tape.backward(loss);
              assertArrayEquals(all.get(i + 1), gradient.toArray(), "input " + i);
              for (Variable variable : variables) {
                assertEquals(variable.needsGradient(), variable.hasGradient(), "input " + i);
              }
              tape.release(loss.value());
              marked.assertComplete();
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> gradientsAreAddedToWhatIsThereAlready() {
    return each(
        operation -> {
          List<float[]> fromZero = run(operation, new BufferPool());
          Tensor[] gradients = gradients(operation);
          for (Tensor gradient : gradients) {
            gradient.fill(1);
          }
          try (Tape tape = Tape.recording(new BufferPool())) {
            Variable y = operation.computation().apply(tape, watch(tape, operation, gradients));
            tape.backward(Sum.apply(tape, square(tape, y)));
          }
          for (int i = 0; i < gradients.length; i++) {
            float[] expected = fromZero.get(i + 1);
            for (int j = 0; j < expected.length; j++) {
              assertEquals(
                  1 + expected[j],
                  gradients[i].data()[j],
                  1e-5f * (1 + Math.abs(expected[j])),
                  "input " + i);
            }
          }
        });
  }

  /// The value, and the gradient of each input of the sum of its squares.
  private static List<float[]> run(OperationsFixture.Case operation, BufferPool pool) {
    return run(operation, pool, (_, _) -> {});
  }

  /// @param used is called with the result after each use of it
  private static List<float[]> run(
      OperationsFixture.Case operation, BufferPool pool, BiConsumer<Tape, Variable> used) {
    Tensor[] gradients = gradients(operation);
    List<float[]> results = new ArrayList<>();
    try (Tape tape = Tape.recording(pool)) {
      Variable y = operation.computation().apply(tape, watch(tape, operation, gradients));
      used.accept(tape, y);
      results.add(y.value().toArray());
      used.accept(tape, y);
      Variable loss = Sum.apply(tape, square(tape, y));
      used.accept(tape, y);
      tape.backward(loss);
    }
    Arrays.stream(gradients).map(Tensor::toArray).forEach(results::add);
    return results;
  }

  private static Variable loss(Tape tape, OperationsFixture.Case operation) {
    return Sum.apply(
        tape, square(tape, operation.computation().apply(tape, watch(tape, operation))));
  }

  private static Variable square(Tape tape, Variable x) {
    return Multiply.apply(tape, x, x);
  }

  private static List<Variable> watch(Tape tape, OperationsFixture.Case operation) {
    return watch(tape, operation, gradients(operation));
  }

  private static List<Variable> watch(
      Tape tape, OperationsFixture.Case operation, Tensor[] gradients) {
    List<Variable> variables = new ArrayList<>();
    for (int i = 0; i < gradients.length; i++) {
      variables.add(tape.watch(operation.inputs()[i], gradients[i]));
    }
    return variables;
  }

  private static Tensor[] gradients(OperationsFixture.Case operation) {
    return Arrays.stream(operation.inputs())
        .map(input -> Tensor.zeros(input.shape().dims()))
        .toArray(Tensor[]::new);
  }

  private static Stream<DynamicTest> each(Consumer<OperationsFixture.Case> test) {
    return OperationsFixture.all().stream()
        .map(
            operation ->
                DynamicTest.dynamicTest(
                    operation.operation(),
                    () -> {
                      try {
                        test.accept(operation);
                      } catch (AssertionError e) {
                        throw new AssertionError(operation.operation() + ": " + e.getMessage(), e);
                      }
                    }));
  }
}
