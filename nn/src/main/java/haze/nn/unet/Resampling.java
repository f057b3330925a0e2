package haze.nn.unet;

import haze.autograd.AveragePool;
import haze.autograd.FilteredResize;
import haze.autograd.Tape;
import haze.autograd.Upsample;
import haze.autograd.Variable;
import haze.tensor.FirFilter;

/// A change of resolution without parameters.
enum Resampling {
  /// The same resolution.
  NONE {
    @Override
    Variable apply(Tape tape, Variable x) {
      return x;
    }
  },
  /// The mean of 2x2 pixels.
  HALVED {
    @Override
    Variable apply(Tape tape, Variable x) {
      return AveragePool.apply(tape, x);
    }
  },
  /// 2x2 equal pixels.
  DOUBLED {
    @Override
    Variable apply(Tape tape, Variable x) {
      return Upsample.apply(tape, x);
    }
  },
  /// Halved through a low-pass filter.
  FILTERED_HALVED {
    @Override
    Variable apply(Tape tape, Variable x) {
      return FilteredResize.apply(tape, new FirFilter(false, FirFilter.Border.ZERO), x);
    }
  },
  /// Doubled through a low-pass filter.
  FILTERED_DOUBLED {
    @Override
    Variable apply(Tape tape, Variable x) {
      return FilteredResize.apply(tape, new FirFilter(true, FirFilter.Border.ZERO), x);
    }
  },
  /// Halved through a low-pass filter, with images mirrored at their edges.
  MIRRORED_HALVED {
    @Override
    Variable apply(Tape tape, Variable x) {
      return FilteredResize.apply(tape, new FirFilter(false, FirFilter.Border.REFLECT), x);
    }
  },
  /// Doubled through a low-pass filter, with images mirrored at their edges.
  MIRRORED_DOUBLED {
    @Override
    Variable apply(Tape tape, Variable x) {
      return FilteredResize.apply(tape, new FirFilter(true, FirFilter.Border.REFLECT), x);
    }
  };

  abstract Variable apply(Tape tape, Variable x);
}
