package haze.diffusion.spark;

import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.optim.GradientClip;
import java.util.ArrayList;
import java.util.List;

/// Which of the parameters each task adds gradients of, and updates: a range a task, about as large
/// as the others', that begins and ends between two parameters, since an optimizer may need whole
/// matrices.
///
/// @param bounds ends of the ranges, the first from 0, rising
/// @param size number of parameters
record Slices(List<Integer> bounds, int size) {
  /// Cuts parameters.
  ///
  /// @param tasks at least 1
  static Slices of(ParameterVector parameters, int tasks) {
    List<Integer> borders = new ArrayList<>();
    for (Parameter parameter : parameters.parameters().values()) {
      borders.add(parameter.value().offset());
    }
    borders.add(parameters.size());
    List<Integer> bounds = new ArrayList<>();
    for (int task = 1; task <= tasks; task++) {
      long ideal = (long) parameters.size() * task / tasks;
      int nearest = 0;
      for (int border : borders) {
        if (Math.abs(border - ideal) < Math.abs(nearest - ideal)) {
          nearest = border;
        }
      }
      bounds.add(nearest);
    }
    return new Slices(List.copyOf(bounds), parameters.size());
  }

  int tasks() {
    return bounds.size();
  }

  /// {@return the first parameter of a task}
  int from(int task) {
    return task == 0 ? 0 : bounds.get(task - 1);
  }

  /// {@return the parameter behind the last one of a task}
  int to(int task) {
    return bounds.get(task);
  }

  /// {@return the first of the chunks whose squares a task adds up, see [GradientClip]: of those
  /// that begin in its range}
  int fromChunk(int task) {
    return Math.ceilDiv(from(task), GradientClip.CHUNK);
  }

  int toChunk(int task) {
    return Math.ceilDiv(to(task), GradientClip.CHUNK);
  }

  /// {@return the parameter behind the last one whose gradient a task needs: that of its range, or
  /// of its last chunk, which may reach beyond it}
  int pastGradient(int task) {
    int chunks = toChunk(task);
    return chunks == fromChunk(task)
        ? to(task)
        : Math.max(to(task), Math.min(size, chunks * GradientClip.CHUNK));
  }
}
