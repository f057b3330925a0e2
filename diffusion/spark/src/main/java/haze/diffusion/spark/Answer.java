package haze.diffusion.spark;

/// How an answer of a task begins.
enum Answer {
  /// What was wanted follows.
  DONE,
  /// The task fails, and would fail again: a text follows, which says why.
  FAILED;

  /// The longest text.
  static final int LENGTH = 1 << 13;

  void send(Connection connection) throws LostException {
    connection.write(name());
  }

  /// Reads the beginning of an answer.
  ///
  /// @throws TaskFailedException if the task fails
  /// @throws LostException if it is gone
  static void require(Connection connection) throws LostException, TaskFailedException {
    String name = connection.readText(LENGTH);
    if (name.equals(FAILED.name())) {
      throw new TaskFailedException(connection.readText(LENGTH));
    }
    if (!name.equals(DONE.name())) {
      throw new LostException("there is no answer " + name);
    }
  }
}
