"""Classify sequences by the last states of a bidirectional LSTM."""

import argparse

import torch
from torch import nn


class BiLSTM(nn.Module):
    def __init__(self, vocabulary, embedding, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, 2)

    def forward(self, tokens):
        _, (hidden, _) = self.lstm(self.embedding(tokens))
        features = torch.cat([hidden[0], hidden[1]], dim=1)
        return self.out(features)


def main(args):
    torch.manual_seed(args.seed)
    tokens = torch.randint(0, 12, (40, 7))
    labels = (tokens[:, 0] > tokens[:, -1]).long()
    model = BiLSTM(12, 6, args.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    losses = []
    for _ in range(args.epochs):
        for start in range(0, 40, 8):
            loss = nn.functional.cross_entropy(model(tokens[start : start + 8]), labels[start : start + 8])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=5)
parser.add_argument("--lr", type=float, default=1e-2)
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--seed", type=int, default=0)

RESULT = main(parser.parse_args([]))
