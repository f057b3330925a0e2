package haze.diffusion.pipeline;

import haze.diffusion.io.JsonWriter;

/// What diffusers' configuration files have in common.
final class Diffusers {
  /// The key of the class that a file configures.
  static final String CLASS = "_class_name";

  /// The version whose files these are; that library wants to know.
  private static final String VERSION = "0.40.0.dev0";

  private Diffusers() {}

  /// The beginning of a file.
  static JsonWriter file(String className) {
    return new JsonWriter().put(CLASS, className).put("_diffusers_version", VERSION);
  }
}
