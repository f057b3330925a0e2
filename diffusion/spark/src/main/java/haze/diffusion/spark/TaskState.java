package haze.diffusion.spark;

import haze.nn.BatchStep;
import haze.nn.ParameterVector;
import haze.nn.optim.Ema;
import java.util.ArrayList;
import java.util.List;

/// What changes from step to step, as the driver and the tasks exchange it.
///
/// Of weights a task has all, of averages and the optimizer's state those of its slice. What
/// depends on the losses alone is the same everywhere.
final class TaskState {
  private final ParameterVector parameters;
  private final float[] weights;

  /// As long as the weights.
  private final List<float[]> sliced = new ArrayList<>();

  private final List<float[]> others;

  /// @throws IllegalArgumentException if the optimizer has state that is not an element a weight
  TaskState(BatchStep.Parts parts) {
    parameters = parts.parameters();
    weights = parameters.values();
    parts.averages().stream().map(Ema::average).forEach(sliced::add);
    parts
        .optimizer()
        .state()
        .forEach(
            (name, values) -> {
              if (values.length == weights.length) {
                sliced.add(values);
              } else if (values.length > 0) {
                throw new IllegalArgumentException(
                    "the optimizer's "
                        + name
                        + " has "
                        + values.length
                        + " elements for "
                        + weights.length
                        + " weights: it cannot be cut into slices");
              }
            });
    others = parts.others();
  }

  /// {@return where each parameter's weights are}
  ParameterVector parameters() {
    return parameters;
  }

  /// Sends a task what it needs to go on.
  ///
  /// @param past values of what depends on the losses, as they were at the step of the rest
  void send(Connection connection, Slices slices, int task, List<float[]> past)
      throws LostException {
    connection.write(weights, 0, weights.length);
    for (float[] values : sliced) {
      connection.write(values, slices.from(task), slices.to(task));
    }
    for (float[] values : past) {
      connection.write(values, 0, values.length);
    }
    connection.flush();
  }

  /// Receives what [#send] sends.
  void receive(Connection connection, Slices slices, int task) throws LostException {
    connection.read(weights, 0, weights.length);
    for (float[] values : sliced) {
      connection.read(values, slices.from(task), slices.to(task));
    }
    for (float[] values : others) {
      connection.read(values, 0, values.length);
    }
  }

  /// Sends the driver a task's slice of everything.
  void sendSlice(Connection connection, Slices slices, int task) throws LostException {
    connection.write(weights, slices.from(task), slices.to(task));
    for (float[] values : sliced) {
      connection.write(values, slices.from(task), slices.to(task));
    }
    connection.flush();
  }

  /// Receives the slices of all tasks. Nothing changes unless all are there.
  ///
  /// @param connections by task
  void receiveSlices(List<Connection> connections, Slices slices) throws LostException {
    List<float[]> targets = new ArrayList<>(List.of(weights));
    targets.addAll(sliced);
    List<float[]> received = targets.stream().map(values -> new float[values.length]).toList();
    for (int task = 0; task < connections.size(); task++) {
      for (float[] values : received) {
        connections.get(task).read(values, slices.from(task), slices.to(task));
      }
    }
    for (int i = 0; i < targets.size(); i++) {
      System.arraycopy(received.get(i), 0, targets.get(i), 0, weights.length);
    }
  }

  /// {@return copies of what depends on the losses}
  List<float[]> copyOfOthers() {
    return others.stream().map(float[]::clone).toList();
  }
}
