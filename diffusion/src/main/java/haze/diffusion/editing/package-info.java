/// What a trained model does with given images.
///
/// Reading order:
///
/// 1. [haze.diffusion.editing.ImageEditing]: all edits, as commands and programs use them;
/// 2. [haze.diffusion.editing.InpaintingSampler] and [haze.diffusion.editing.MaskRegion]: a region
///    is filled;
/// 3. [haze.diffusion.editing.DdimInversion]: the noise that an image is made of;
/// 4. [haze.diffusion.editing.Interpolation]: from one image to another.
package haze.diffusion.editing;
