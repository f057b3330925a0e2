/// A program of its own, on the module path or on the class path.
module own {
  requires haze.diffusion;
}
