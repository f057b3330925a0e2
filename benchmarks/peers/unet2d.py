"""diffusers' UNet2DModel in PyTorch alone, its parameters by their names there (Ho et al. 2020, appendix B).

For the benchmarks beside it, and for diffusion/race/torch_entry.py, which puts this folder on its path. Needs PyTorch
1.13 or newer.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def convolution(inputs, outputs, size=3, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2)


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, embedding, groups, eps):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs, eps), convolution(inputs, outputs)
        self.time_emb_proj = nn.Linear(embedding, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs, eps), convolution(outputs, outputs)
        self.conv_shortcut = nn.Identity() if inputs == outputs else convolution(inputs, outputs, 1)

    def forward(self, x, embedding):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(embedding))[:, :, None, None]
        return self.conv_shortcut(x) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    """Heads of `width` channels over the pixels."""

    def __init__(self, channels, width, groups, eps):
        super().__init__()
        self.width = width
        self.group_norm = nn.GroupNorm(groups, channels, eps)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x):
        n, c, h, w = x.shape
        z = self.group_norm(x).reshape(n, c, h * w).transpose(1, 2)
        q, k, v = (f(z).reshape(n, h * w, c // self.width, self.width).transpose(1, 2)
                   for f in (self.to_q, self.to_k, self.to_v))
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(self.width), -1)
        mixed = self.to_out[0]((weights @ v).transpose(1, 2).reshape(n, h * w, c))
        return x + mixed.transpose(1, 2).reshape(n, c, h, w)


class Block(nn.Module):
    """A level on the way down or up, or the middle: residual blocks, the first of them with attention behind it."""

    def __init__(self, resnets, attentions, downsampler=None, upsampler=None):
        super().__init__()
        self.resnets, self.attentions = nn.ModuleList(resnets), nn.ModuleList(attentions)
        self.downsamplers, self.upsamplers = (
            nn.ModuleList([] if conv is None else [nn.ModuleDict({'conv': conv})]) for conv in (downsampler, upsampler))

    def layer(self, i, x, embedding):
        x = self.resnets[i](x, embedding)
        return self.attentions[i](x) if i < len(self.attentions) else x


class UNet(nn.Module):
    def __init__(self, config):
        """A network from what diffusers writes as unet/config.json; of its optional keys, those that are read."""
        super().__init__()
        widths, groups, eps = config['block_out_channels'], config['norm_num_groups'], config['norm_eps']
        layers, classes = config['layers_per_block'], config.get('num_class_embeds')
        self.width, coarsest, embedding = widths[0], widths[-1], 4 * widths[0]

        def resnet(inputs, outputs):
            return Resnet(inputs, outputs, embedding, groups, eps)

        def attentions(channels, count):
            return [Attention(channels, config.get('attention_head_dim') or channels, groups, eps) for _ in range(count)]

        self.conv_in = convolution(config['in_channels'], self.width)
        self.time_embedding = nn.ModuleDict({'linear_1': nn.Linear(self.width, embedding),
                                             'linear_2': nn.Linear(embedding, embedding)})
        self.class_embedding = nn.Embedding(classes, embedding) if classes else None
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        at, skips, last = self.width, [self.width], len(widths) - 1
        for level, out in enumerate(widths):
            resnets = [resnet(at if i == 0 else out, out) for i in range(layers)]
            attends = 'Attn' in config['down_block_types'][level]
            self.down_blocks.append(Block(resnets, attentions(out, layers if attends else 0),
                                          downsampler=None if level == last else convolution(out, out, stride=2)))
            skips += [out] * (layers if level == last else layers + 1)
            at = out
        self.mid_block = Block([resnet(coarsest, coarsest), resnet(coarsest, coarsest)],
                               attentions(coarsest, 1 if config.get('add_attention', True) else 0))
        for level, out in enumerate(reversed(widths)):
            resnets = [resnet((at if i == 0 else out) + skips.pop(), out) for i in range(layers + 1)]
            attends = 'Attn' in config['up_block_types'][level]
            self.up_blocks.append(Block(resnets, attentions(out, layers + 1 if attends else 0),
                                        upsampler=None if level == last else convolution(out, out)))
            at = out
        self.conv_norm_out, self.conv_out = nn.GroupNorm(groups, at, eps), convolution(at, config['out_channels'])

    def forward(self, x, t, labels=None):
        half = self.width // 2
        frequencies = torch.exp(torch.arange(half, dtype=torch.float32) * (-math.log(10_000) / half))
        angles = t.float()[:, None] * frequencies
        embedding = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
        embedding = self.time_embedding['linear_2'](F.silu(self.time_embedding['linear_1'](embedding)))
        if self.class_embedding is not None:
            embedding = embedding + self.class_embedding(labels)
        h = self.conv_in(x)
        skips = [h]
        for block in self.down_blocks:
            for i in range(len(block.resnets)):
                h = block.layer(i, h, embedding)
                skips.append(h)
            for sampler in block.downsamplers:
                h = sampler['conv'](h)
                skips.append(h)
        for i in range(len(self.mid_block.resnets)):
            h = self.mid_block.layer(i, h, embedding)
        for block in self.up_blocks:
            for i in range(len(block.resnets)):
                h = block.layer(i, torch.cat([h, skips.pop()], 1), embedding)
            for sampler in block.upsamplers:
                h = sampler['conv'](F.interpolate(h, scale_factor=2.0, mode='nearest'))
        return self.conv_out(F.silu(self.conv_norm_out(h)))
