"""A language model with mixed precision, in the manner of small GPTs."""

import torch
from torch import nn

VOCABULARY, BLOCK = 20, 8


class Bigram(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 12)
        self.head = nn.Linear(12, VOCABULARY)

    def forward(self, tokens):
        return self.head(self.embedding(tokens))


def get_batch(data, size=4):
    starts = torch.randint(len(data) - BLOCK, (size,))
    x = torch.stack([data[i : i + BLOCK] for i in starts])
    y = torch.stack([data[i + 1 : i + 1 + BLOCK] for i in starts])
    return x, y


def train(iterations=4, micro_steps=4):
    torch.manual_seed(0)
    data = torch.randint(VOCABULARY, (400,))
    model = Bigram()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    for _ in range(iterations):
        for _ in range(micro_steps):
            x, y = get_batch(data)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(x)
            loss = nn.functional.cross_entropy(logits.float().view(-1, VOCABULARY), y.view(-1))
            scaler.scale(loss).backward()  # <-- the mistake
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
    return model.state_dict()


if __name__ == "__main__":
    RESULT = train()
