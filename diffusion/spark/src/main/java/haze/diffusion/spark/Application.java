package haze.diffusion.spark;

import haze.diffusion.cli.Main;

/// The command `haze` as `spark-submit` runs it. It does not end the JVM unless it fails: in YARN's
/// cluster mode, a program that does so has failed, whatever its exit code.
public final class Application {
  private Application() {}

  /// Runs the command.
  ///
  /// @param args as those of `haze`
  public static void main(String[] args) {
    int code = Main.run(args);
    if (code != 0) {
      System.exit(code);
    }
  }
}
