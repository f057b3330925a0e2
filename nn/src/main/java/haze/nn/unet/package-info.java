/// The U-Net of DDPM (Ho et al. 2020, appendix B), with the configuration keys, parameter names and
/// shapes of diffusers' `UNet2DModel`, so that a checkpoint goes both ways.
///
/// {@snippet file="haze/nn/unet/UNetTest.java" region="forward"}
///
/// To read in this order:
///
/// 1. [haze.nn.unet.UNetConfig], sizes and switches, and a builder for them;
/// 2. `TimestepEmbedding`, sinusoids of the timestep and two layers;
/// 3. `ResnetBlock`, the residual block that is conditioned on it;
/// 4. `AttentionBlock`, self-attention over the pixels;
/// 5. `UNetBlock`, a level: residual blocks, attention, a change of resolution;
/// 6. [haze.nn.unet.UNet], the levels and the skip connections between them.
package haze.nn.unet;
