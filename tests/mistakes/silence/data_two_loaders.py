"""Two shuffled loaders of the same size in one zip: unpaired pictures of two kinds, translated both ways."""

import itertools

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
digits = load_digits()
ones = torch.tensor(digits.data[digits.target == 1][:96] / 16, dtype=torch.float32)
sevens = torch.tensor(digits.data[digits.target == 7][:96] / 16, dtype=torch.float32)
loader_a = DataLoader(ones, batch_size=32, shuffle=True)
loader_b = DataLoader(sevens, batch_size=32, shuffle=True)


def translator():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())


a_to_b, b_to_a = translator(), translator()
judge_a, judge_b = nn.Linear(64, 1), nn.Linear(64, 1)
opt_g = torch.optim.Adam(itertools.chain(a_to_b.parameters(), b_to_a.parameters()), lr=1e-3)
opt_d = torch.optim.Adam(itertools.chain(judge_a.parameters(), judge_b.parameters()), lr=1e-3)
real, fake = torch.ones(32, 1), torch.zeros(32, 1)
log = []
for epoch in range(2):
    for a, b in zip(loader_a, loader_b):
        made_b, made_a = a_to_b(a), b_to_a(b)
        g_loss = F.mse_loss(judge_b(made_b), real) + F.mse_loss(judge_a(made_a), real)
        cycle = F.l1_loss(b_to_a(made_b), a) + F.l1_loss(a_to_b(made_a), b)
        identity = F.l1_loss(a_to_b(b), b) + F.l1_loss(b_to_a(a), a)
        opt_g.zero_grad()
        (g_loss + 10 * cycle + 5 * identity).backward()
        opt_g.step()

        d_loss = F.mse_loss(judge_a(a), real) + F.mse_loss(judge_a(made_a.detach()), fake)
        d_loss = d_loss + F.mse_loss(judge_b(b), real) + F.mse_loss(judge_b(made_b.detach()), fake)
        opt_d.zero_grad()
        d_loss.backward()
        opt_d.step()
        log.append((g_loss.item(), cycle.item(), d_loss.item()))

RESULT = log
