/// A program of its own on the module path.
module fit {
  requires haze.autograd;
}
