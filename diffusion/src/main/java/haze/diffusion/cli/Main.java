package haze.diffusion.cli;

/// The command `haze`.
public final class Main {
  private Main() {}

  /// Starts the command.
  ///
  /// @param args its arguments
  public static void main(String[] args) {
    System.out.println("haze");
  }
}
