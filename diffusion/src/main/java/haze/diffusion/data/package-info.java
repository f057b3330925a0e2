/// Where images come from: MNIST inside the module or a file in the IDX format, and which of them
/// make the batch of a step; or a single one that somebody names, from there or from a PNG or JPEG
/// file.
///
/// Read `IdxFile`, [haze.diffusion.data.ImageDataset], [haze.diffusion.data.Mnist], then
/// [haze.diffusion.data.BatchOrder], or [haze.diffusion.data.ImageArgument].
package haze.diffusion.data;
