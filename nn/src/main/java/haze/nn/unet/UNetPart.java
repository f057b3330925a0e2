package haze.nn.unet;

import haze.autograd.Variable;
import haze.nn.Module;

/// A part of the network that turns feature maps into others: a layer, a level, the middle.
abstract class UNetPart extends Module {
  /// {@return `[n, h', w', out]`}
  ///
  /// @param pass what the parts share in one forward pass
  /// @param x `[n, h, w, in]`
  abstract Variable forward(Pass pass, Variable x);
}
