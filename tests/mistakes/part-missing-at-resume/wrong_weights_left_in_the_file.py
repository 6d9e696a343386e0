"""Resume a language model on a short text."""

import argparse

import torch
from torch import nn

TEXT = "the quick brown fox jumps over the lazy dog. " * 4


class CharModel(nn.Module):
    def __init__(self, characters, hidden):
        super().__init__()
        self.embedding = nn.Embedding(characters, hidden)
        self.rnn = nn.GRU(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, characters)

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0])


def train(model, optimizer, ids, steps):
    x, y = ids[:-1].view(-1, 1)[:160].view(4, 40), ids[1:].view(-1, 1)[:160].view(4, 40)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.detach()


def main(arguments=()):
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=12)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--resume", default="")
    args = parser.parse_args(arguments)
    letters = sorted(set(TEXT))
    ids = torch.tensor([letters.index(letter) for letter in TEXT])
    model = CharModel(len(letters), args.hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    if args.resume:
        checkpoint = torch.load(args.resume)
        optimizer.load_state_dict(checkpoint["optimizer"])  # <-- the mistake
    loss = train(model, optimizer, ids, 3)
    torch.save({"state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, "chars.pt")
    return loss


torch.manual_seed(0)
main()
RESULT = main(["--resume", "chars.pt"])
