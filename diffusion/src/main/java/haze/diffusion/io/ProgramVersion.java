package haze.diffusion.io;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;

/// The version of Haze that runs.
public final class ProgramVersion {
  private ProgramVersion() {}

  /// {@return the module's version; on the class path, where there is no module, the one in the
  /// manifest of a jar that has one}
  public static Optional<String> get() {
    return Optional.ofNullable(ProgramVersion.class.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .or(
            () ->
                Optional.ofNullable(ProgramVersion.class.getPackage().getImplementationVersion()));
  }
}
