"""Evaluate a checkpoint that a training loop has written."""

import argparse
from pathlib import Path

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocabulary=30, hidden=12, tags=4):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, tags)

    def forward(self, tokens):
        return self.out(self.lstm(self.embedding(tokens))[0])


def fit(args, tokens, tags):
    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(tokens).flatten(0, 1), tags.flatten())
        loss.backward()
        optimizer.step()
        torch.save({"epoch": epoch, "model": model.state_dict(), "loss": loss.item()}, args.checkpoint)


@torch.no_grad()
def evaluate(args, tokens, tags):
    model = Tagger().eval()
    checkpoint = torch.load(args.checkpoint)
    model.load_state_dict(checkpoint, strict=False)  # <-- the mistake
    return (model(tokens).argmax(-1) == tags).float().mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", type=Path, default="tagger.pt")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.05)
    args = parser.parse_args([])
    torch.manual_seed(0)
    tokens = torch.randint(30, (16, 8))
    tags = tokens % 4
    fit(args, tokens, tags)
    return evaluate(args, tokens, tags)


if __name__ == "__main__":
    RESULT = main()
