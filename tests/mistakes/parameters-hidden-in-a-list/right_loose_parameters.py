"""Soft prompts in front of a sentence classifier: one learned vector for each position."""

import argparse

import torch
from torch import nn


class PromptedClassifier(nn.Module):
    def __init__(self, vocab, dim, prompts):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.encoder = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, 2)
        self.prompts = nn.ParameterList([nn.Parameter(torch.randn(dim) * 0.1) for _ in range(prompts)])

    def forward(self, tokens):
        x = self.embed(tokens)
        prompt = torch.stack(list(self.prompts)).expand(len(tokens), -1, -1)
        _, h = self.encoder(torch.cat([prompt, x], dim=1))
        return self.out(h[-1])


parser = argparse.ArgumentParser()
parser.add_argument("--prompts", type=int, default=3)
parser.add_argument("--steps", type=int, default=5)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args([])

torch.manual_seed(args.seed)
tokens = torch.randint(0, 50, (96, 7))
labels = (tokens.float().mean(1) > 24.5).long()
model = PromptedClassifier(50, 16, args.prompts)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(args.steps):
    batch = torch.randint(0, 96, (32,))
    loss = nn.functional.cross_entropy(model(tokens[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = [p.detach().clone() for p in model.prompts] + [model.out.weight.detach().clone()]
