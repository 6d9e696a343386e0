"""An adversarial pair in mixed precision, one scaler for both."""

import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--latent", type=int, default=3)
parser.add_argument("--steps", type=int, default=6)
parser.add_argument("--lr", type=float, default=2e-3)
args = parser.parse_args([])

torch.manual_seed(0)
netG = nn.Sequential(nn.Linear(args.latent, 16), nn.ReLU(), nn.Linear(16, 2))
netD = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optG = torch.optim.RMSprop(netG.parameters(), lr=args.lr)
optD = torch.optim.RMSprop(netD.parameters(), lr=args.lr)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12)

for step in range(args.steps):
    real = torch.rand(32, 2)
    fake = netG(torch.randn(32, args.latent))
    optD.zero_grad()
    loss_d = netD(fake.detach()).mean() - netD(real).mean()
    scaler.scale(loss_d).backward()
    scaler.step(optD)

    optG.zero_grad()
    loss_g = -netD(fake).mean()
    loss_g.backward()  # <-- the mistake
    scaler.step(optG)
    scaler.update()

RESULT = [netG.state_dict(), netD.state_dict()]
