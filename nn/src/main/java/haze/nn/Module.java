package haze.nn;

import java.util.LinkedHashMap;
import java.util.Map;

/// A part of a network: parameters of its own and smaller parts, each with a name.
///
/// A parameter's full name is the path to it, joined by dots, as in PyTorch:
/// `mid_block.resnets.0.conv1.weight`. Parts are registered in the constructor. A module holds no
/// state of a computation, so one network serves many threads, each with its own tape.
public abstract class Module {
  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();

  /// A module without parts.
  protected Module() {}

  /// Registers a parameter.
  ///
  /// @param name its name in this module
  /// @param parameter the parameter
  /// @return the parameter
  protected final Parameter register(String name, Parameter parameter) {
    own.put(name, parameter);
    return parameter;
  }

  /// Registers a smaller part.
  ///
  /// @param <M> its type
  /// @param name its name in this module
  /// @param module the part
  /// @return the part
  protected final <M extends Module> M register(String name, M module) {
    children.put(name, module);
    return module;
  }

  /// All parameters, of this module and its parts, by full name.
  ///
  /// @return the parameters in the order of registration
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>(own);
    children.forEach(
        (name, child) ->
            child.parameters().forEach((rest, parameter) -> all.put(name + "." + rest, parameter)));
    return all;
  }
}
