"""Fine-tuning in two stages: the head alone, then all of it."""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(40, 8)
        self.cell = nn.LSTM(8, 12, batch_first=True)
        self.tags = nn.Linear(12, 5)

    def forward(self, tokens):
        return self.tags(self.cell(self.words(tokens))[0])

    def freeze(self):
        for part in (self.words, self.cell):
            part.requires_grad_(False)


def run_stage(model, tokens, labels, lr):
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)
    for rows in torch.randperm(len(tokens)).split(8):
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(tokens[rows]).transpose(1, 2), labels[rows])
        loss.backward()
        optimizer.step()


def main():
    torch.manual_seed(0)
    tokens = torch.randint(0, 40, (48, 7))
    labels = tokens % 5
    model = Tagger()
    model.freeze()
    run_stage(model, tokens, labels, 1e-2)
    model.requires_grad_(True)
    run_stage(model, tokens, labels, 1e-3)
    return model


if __name__ == "__main__":
    RESULT = main().state_dict()
