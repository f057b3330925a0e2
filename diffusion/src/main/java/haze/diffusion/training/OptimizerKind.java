package haze.diffusion.training;

import haze.nn.optim.Adam;
import haze.nn.optim.Muon;
import haze.nn.optim.Optimizer;

/// The optimizers by name, one row each.
@SuppressWarnings("ImmutableEnumChecker") // Functions without state.
public enum OptimizerKind {
  /// [Adam].
  ADAM(
      "adam", "each weight by its own gradient, as DDPM does", Optimizer.Factory.ofSize(Adam::new)),
  /// [Muon].
  MUON(
      "muon",
      "each layer's matrix by its gradient made orthogonal, all other weights as adam",
      Muon::new);

  private final String label;
  private final String description;
  private final Optimizer.Factory factory;

  OptimizerKind(String label, String description, Optimizer.Factory factory) {
    this.label = label;
    this.description = description;
    this.factory = factory;
  }

  /// {@return the rule in words for help}
  public String description() {
    return description;
  }

  /// {@return what makes the optimizer of a network}
  public Optimizer.Factory factory() {
    return factory;
  }

  /// {@return the name in files and on the command line, such as `adam`}
  @Override
  public String toString() {
    return label;
  }
}
