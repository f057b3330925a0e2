package haze.diffusion.spark;

/// What the driver wants of a task.
enum Command {
  /// Take the driver's weights, averages, and what else changes from step to step.
  LOAD,
  /// Prepare for the first step.
  WARM_UP,
  /// Make a step. The first task answers with its gradient's norm and losses.
  STEP,
  /// Send the slices of everything.
  COLLECT,
  /// There is nothing more to do.
  END;

  /// The longest name.
  private static final int LENGTH = 100;

  void send(Connection connection) throws LostException {
    connection.write(name());
  }

  static Command receive(Connection connection) throws LostException {
    String name = connection.readText(LENGTH);
    try {
      return valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new LostException("there is no command " + name, e);
    }
  }
}
