#!/usr/bin/env python3
"""PyTorch's entry of the race: trains the network of a Haze run for some minutes, and writes it as a pipeline of diffusers.

    python3 diffusion/race/torch_entry.py --like runs/race --minutes 3 --seed 1 --out runs/torch

Network and noise schedule are read from the run's unet/config.json and scheduler/scheduler_config.json, so that both
sides train the same. The clock starts with the program and ends when the model is written; what PyTorch itself takes to
be imported is not counted. Needs PyTorch 2.9 or newer and NumPy.
"""
import argparse
import gzip
import json
import math
import pathlib
import shutil
import struct
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MNIST = pathlib.Path(__file__).parent.parent / 'src/main/resources/haze/diffusion/data/mnist'
NO_CLASS = 10
WEIGHTS = 'diffusion_pytorch_model.safetensors'


# ---- the network: diffusers' UNet2DModel, its parameters by their names there ----

class Resnet(nn.Module):
    def __init__(self, inputs, outputs, embedding, groups, eps):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs, eps), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(embedding, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs, eps), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x, embedding):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(embedding))[:, :, None, None]
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, channels, heads, groups, eps):
        super().__init__()
        self.heads = heads
        self.group_norm = nn.GroupNorm(groups, channels, eps)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x):
        n, c, h, w = x.shape
        z = self.group_norm(x).reshape(n, c, h * w).transpose(1, 2)
        q, k, v = (f(z).reshape(n, h * w, self.heads, c // self.heads).transpose(1, 2)
                   for f in (self.to_q, self.to_k, self.to_v))
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, h * w, c)
        return x + self.to_out[0](mixed).transpose(1, 2).reshape(n, c, h, w)


class Resampler(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=stride, padding=1)

    def forward(self, x):
        return self.conv(x)


class Block(nn.Module):
    """A level, down or up, or the middle."""

    def __init__(self, resnets, attentions, resampler, name):
        super().__init__()
        self.resnets = nn.ModuleList(resnets)
        self.attentions = nn.ModuleList(attentions)
        self.resampler = None
        if resampler is not None:
            setattr(self, name, nn.ModuleList([resampler]))
            self.resampler = name

    def layer(self, i, x, embedding):
        x = self.resnets[i](x, embedding)
        return self.attentions[i](x) if i < len(self.attentions) else x

    def resampled(self, x):
        return getattr(self, self.resampler)[0](x)


class UNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        widths, groups, eps, layers = c['block_out_channels'], c['norm_num_groups'], c['norm_eps'], c['layers_per_block']
        head = c.get('attention_head_dim') or widths[-1]
        embedding = 4 * widths[0]
        resnet = lambda i, o: Resnet(i, o, embedding, groups, eps)
        attention = lambda ch: Attention(ch, max(1, ch // head), groups, eps)
        self.conv_in = nn.Conv2d(c['in_channels'], widths[0], 3, padding=1)
        self.time_embedding = nn.ModuleDict({'linear_1': nn.Linear(widths[0], embedding),
                                             'linear_2': nn.Linear(embedding, embedding)})
        self.class_embedding = nn.Embedding(c['num_class_embeds'], embedding) if c.get('num_class_embeds') else None
        self.width = widths[0]
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        at, skips = widths[0], [widths[0]]
        for level, out in enumerate(widths):
            resnets = [resnet(at if i == 0 else out, out) for i in range(layers)]
            attends = 'Attn' in c['down_block_types'][level]
            last = level == len(widths) - 1
            self.down_blocks.append(Block(resnets, [attention(out) for _ in resnets] if attends else [],
                                          None if last else Resampler(out, 2), 'downsamplers'))
            skips += [out] * (layers + (0 if last else 1))
            at = out
        self.mid_block = Block([resnet(at, at), resnet(at, at)], [attention(at)] if c.get('add_attention', True) else [],
                               None, '')
        for level, out in enumerate(reversed(widths)):
            resnets = []
            for _ in range(layers + 1):
                resnets.append(resnet(at + skips.pop(), out))
                at = out
            attends = 'Attn' in c['up_block_types'][level]
            last = level == len(widths) - 1
            self.up_blocks.append(Block(resnets, [attention(out) for _ in resnets] if attends else [],
                                        None if last else Resampler(out, 1), 'upsamplers'))
        self.conv_norm_out, self.conv_out = nn.GroupNorm(groups, at, eps), nn.Conv2d(at, c['out_channels'], 3, padding=1)

    def forward(self, x, t, labels):
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
            if block.resampler:
                h = block.resampled(h)
                skips.append(h)
        h = self.mid_block.resnets[1](self.mid_block.layer(0, h, embedding), embedding)
        for block in self.up_blocks:
            for i in range(len(block.resnets)):
                h = block.layer(i, torch.cat([h, skips.pop()], 1), embedding)
            if block.resampler:
                h = block.resampled(F.interpolate(h, scale_factor=2.0, mode='nearest'))
        return self.conv_out(F.silu(self.conv_norm_out(h)))


# ---- data, noise, weights ----

def idx(name, offset):
    with gzip.open(MNIST / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def noise_levels(c):
    """abar_t, t = 0 .. T-1."""
    n = c['num_train_timesteps']
    if c['beta_schedule'] != 'squaredcos_cap_v2':
        raise SystemExit('expected the cosine schedule, not ' + c['beta_schedule'])
    level = lambda s: math.cos((s + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = torch.tensor([min(1 - level((t + 1) / n) / level(t / n), 0.999) for t in range(n)], dtype=torch.float64)
    return torch.cumprod(1 - betas, 0).float()


def write_safetensors(tensors, path):
    header, at = {}, 0
    for name, tensor in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(tensor.shape), 'data_offsets': [at, at + 4 * tensor.numel()]}
        at += 4 * tensor.numel()
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().astype('<f4').tobytes())


def main():
    start = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--like', required=True, type=pathlib.Path, help='a run of haze train, for network and schedule')
    parser.add_argument('--out', required=True, type=pathlib.Path)
    parser.add_argument('--minutes', type=float, default=3)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--optimizer', choices=['adam', 'muon'], default='adam')
    parser.add_argument('--lr', type=float, default=2e-3)
    parser.add_argument('--warm-up', type=int, default=100, help='steps')
    parser.add_argument('--decay-from', type=float, default=0.25, help='part of the time after which the rate falls to 0')
    parser.add_argument('--ema', type=float, default=0.998)
    parser.add_argument('--label-dropout', type=float, default=0.1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = json.loads((options.like / 'unet/config.json').read_text())
    scheduler = json.loads((options.like / 'scheduler/scheduler_config.json').read_text())
    images = torch.from_numpy(idx('train-images-idx3-ubyte.gz', 16).reshape(-1, 1, 28, 28).copy())
    labels = torch.from_numpy(idx('train-labels-idx1-ubyte.gz', 8).astype(np.int64))
    abar = noise_levels(scheduler)
    net = UNet(network).to(memory_format=torch.channels_last)
    # As Haze starts: the last layer of each residual branch, and of the network, with zeros.
    for name, module in net.named_modules():
        if name.endswith(('conv2', 'to_out.0', 'conv_out')):
            nn.init.zeros_(module.weight), nn.init.zeros_(module.bias)
    average = {name: p.detach().clone() for name, p in net.named_parameters()}
    weights = [p for name, p in net.named_parameters()]
    if options.optimizer == 'muon':
        matrices = [p for name, p in net.named_parameters() if p.ndim == 2 and 'class_embedding' not in name]
        taken = {id(p) for p in matrices}
        optimizers = [torch.optim.Muon(matrices, options.lr, weight_decay=0, adjust_lr_fn='match_rms_adamw'),
                      torch.optim.Adam([p for p in weights if id(p) not in taken], options.lr, fused=True)]
    else:
        optimizers = [torch.optim.Adam(weights, options.lr, fused=True)]
    velocity = scheduler.get('prediction_type') == 'v_prediction'
    end = options.minutes * 60 - 1
    step = 0
    while (elapsed := time.monotonic() - start) < end:
        part = elapsed / end
        rate = options.lr * min(1, (step + 1) / options.warm_up) * min(1, (1 - part) / (1 - options.decay_from))
        chosen = torch.randint(0, len(images), (options.batch,))
        x0 = (images[chosen].float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        label = torch.where(torch.rand(options.batch) < options.label_dropout, NO_CLASS, labels[chosen])
        t = torch.randint(0, len(abar), (options.batch,))
        noise = torch.randn_like(x0)
        a = abar[t][:, None, None, None]
        target = a.sqrt() * noise - (1 - a).sqrt() * x0 if velocity else noise
        loss = F.mse_loss(net(a.sqrt() * x0 + (1 - a).sqrt() * noise, t, label), target)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group['lr'] = rate
            optimizer.step()
        step += 1
        decay = min(options.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.values()), [p.detach() for p in weights], 1 - decay)
        if step % 100 == 0:
            print(f'step {step} loss {loss.item():.4f} {elapsed:.0f} s', flush=True)
    (options.out / 'unet').mkdir(parents=True)
    (options.out / 'scheduler').mkdir()
    for name in ['model_index.json', 'unet/config.json', 'scheduler/scheduler_config.json']:
        shutil.copyfile(options.like / name, options.out / name)
    write_safetensors(average, options.out / 'unet' / WEIGHTS)
    print(f'{step} steps of {options.batch} images, {time.monotonic() - start:.1f} s')


main()
