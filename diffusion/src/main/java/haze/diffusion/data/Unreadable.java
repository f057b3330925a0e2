package haze.diffusion.data;

import java.util.ArrayList;
import java.util.List;

/// Images of a data set that could not be read, and in whose place others were taken.
public final class Unreadable {
  private static final int NAMED = 1000;

  private final List<String> messages = new ArrayList<>();
  private int count;

  Unreadable() {}

  synchronized void add(String message) {
    count++;
    if (messages.size() < NAMED) {
      messages.add(message);
    }
  }

  /// {@return how many there were so far}
  public synchronized int count() {
    return count;
  }

  /// {@return what was wrong with them, a line each that begins with the name; of the first
  /// thousand}
  public synchronized List<String> messages() {
    return List.copyOf(messages);
  }
}
