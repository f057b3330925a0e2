#!/usr/bin/env python3
"""PyTorch's entry of the race: trains the network of a Haze run for some minutes, and writes it as a pipeline of diffusers.

    python3 diffusion/race/torch_entry.py --like runs/race --minutes 3 --seed 1 --out runs/torch

Network and noise schedule are read from the run's unet/config.json and scheduler/scheduler_config.json, so that both
sides train the same. The clock starts with the program and ends when the model is written; what PyTorch itself takes to
be imported is not counted. The network is that of the benchmarks, benchmarks/peers/unet2d.py. Needs PyTorch 2.9 or newer and NumPy.
"""
import argparse
import gzip
import json
import math
import pathlib
import shutil
import struct
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'benchmarks/peers'))
from unet2d import UNet

MNIST = ROOT / 'diffusion/src/main/resources/haze/diffusion/data/mnist'
NO_CLASS = 10
WEIGHTS = 'diffusion_pytorch_model.safetensors'


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
