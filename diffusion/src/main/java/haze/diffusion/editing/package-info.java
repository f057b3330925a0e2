/// What a trained model does with given images: fills a masked region, finds the noise that an
/// image is made from, and goes from one image to another.
package haze.diffusion.editing;
