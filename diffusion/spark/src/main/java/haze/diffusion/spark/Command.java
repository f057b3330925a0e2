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

  void send(Connection connection) throws LostException {
    connection.write(ordinal());
  }

  static Command receive(Connection connection) throws LostException {
    int number = connection.readInt();
    if (number < 0 || number >= values().length) {
      throw new LostException("no command has number " + number);
    }
    return values()[number];
  }
}
