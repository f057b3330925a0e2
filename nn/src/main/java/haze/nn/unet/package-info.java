/// The U-Net of DDPM (Ho et al. 2020, appendix B), with the configuration keys, parameter names and
/// shapes of diffusers' `UNet2DModel`, so that a checkpoint goes both ways.
///
/// {@snippet file="haze/nn/unet/UNetTest.java" region="forward"}
///
/// To read in this order:
///
/// 1. [haze.nn.unet.UNetConfig], sizes and choices, and a builder for them;
///    [haze.nn.unet.UNetSwitch], the rarer choices, one row each;
/// 2. `TimeProjection` and `TimestepEmbedding`, the timestep as a vector, and two layers;
/// 3. `ResnetBlock`, the residual block that is conditioned on it;
/// 4. `AttentionBlock`, self-attention over the pixels;
/// 5. `DownBlock`, `MidBlock`, `UpBlock`, the levels: residual blocks, attention, a change of
///    resolution; [haze.nn.unet.BlockType], one row for each type of level;
/// 6. [haze.nn.unet.UNet], the levels and the skip connections between them; `Pass`, what they
///    share in a forward pass, and `Plan`, what they share when they are made;
/// 7. `SkipDownBlock`, `SkipUpBlock`, `KDownBlock`, `KUpBlock`, levels of other papers.
package haze.nn.unet;
