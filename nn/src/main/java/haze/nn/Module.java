package haze.nn;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// A part of a network: parameters of its own and smaller parts, each with a name.
///
/// A parameter's full name is the path to it, joined by dots, as in PyTorch:
/// `mid_block.resnets.0.conv1.weight`. Parts are registered in the constructor. A module holds no
/// state of a computation, so one network serves many threads, each with its own tape.
///
/// A layer of one's own, root mean square normalisation:
///
/// {@snippet file="haze/nn/OwnLayerTest.java" region="layer"}
public abstract class Module {
  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();

  /// A module without parts.
  protected Module() {}

  /// Registers a parameter under its name in this module, and returns it.
  protected final Parameter register(String name, Parameter parameter) {
    own.put(name, parameter);
    return parameter;
  }

  /// Registers a smaller part under its name in this module, and returns it.
  protected final <M extends Module> M register(String name, M module) {
    children.put(name, module);
    return module;
  }

  /// {@return all parameters, of this module and its parts, by full name, in the order of
  /// registration}
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>(own);
    children.forEach(
        (name, child) ->
            child.parameters().forEach((rest, parameter) -> all.put(name + "." + rest, parameter)));
    return all;
  }

  /// {@return the tree of parts and parameters, one a line, with numbers of parameters and shapes}
  @Override
  public final String toString() {
    var text = new StringBuilder();
    print(text, "");
    return text.toString();
  }

  private void print(StringBuilder text, String indent) {
    long count = parameters().values().stream().mapToLong(p -> p.value().size()).sum();
    text.append(
        String.format(Locale.ROOT, "%s, %,d parameters", getClass().getSimpleName(), count));
    String inner = indent + "  ";
    own.forEach(
        (name, parameter) -> {
          text.append('\n').append(inner).append(name).append(' ');
          text.append(parameter.shape());
        });
    children.forEach(
        (name, child) -> {
          text.append('\n').append(inner).append(name).append(": ");
          child.print(text, inner);
        });
  }
}
