package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.ImageRange;

/// Real images that samples are compared with.
///
/// @param name what a report calls them, such as `test images`
public record RealImages(String name, ImageRange range) {}
