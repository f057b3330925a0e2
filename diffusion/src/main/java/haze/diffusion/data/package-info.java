/// Where training images come from: MNIST inside the module or a file in the IDX format, and which
/// of them make the batch of a step.
///
/// Read `IdxFile`, [haze.diffusion.data.ImageDataset], [haze.diffusion.data.Mnist], then
/// [haze.diffusion.data.BatchOrder].
package haze.diffusion.data;
