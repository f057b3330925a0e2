package haze.nn;

import haze.autograd.Gelu;
import haze.autograd.Mish;
import haze.autograd.Relu;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;

/// A function of single elements between two layers.
public enum Activation {
  /// `x / (1 + e^-x)`, see [Silu].
  SILU {
    @Override
    public Variable apply(Tape tape, Variable x) {
      return Silu.apply(tape, x);
    }
  },
  /// `x tanh(ln(1 + e^x))`, see [Mish].
  MISH {
    @Override
    public Variable apply(Tape tape, Variable x) {
      return Mish.apply(tape, x);
    }
  },
  /// `x Phi(x)`, see [Gelu].
  GELU {
    @Override
    public Variable apply(Tape tape, Variable x) {
      return Gelu.apply(tape, x);
    }
  },
  /// `max(x, 0)`, see [Relu].
  RELU {
    @Override
    public Variable apply(Tape tape, Variable x) {
      return Relu.apply(tape, x);
    }
  },
  /// `x`.
  IDENTITY {
    @Override
    public Variable apply(Tape tape, Variable x) {
      return x;
    }
  };

  /// {@return the function of every element of x}
  public abstract Variable apply(Tape tape, Variable x);
}
