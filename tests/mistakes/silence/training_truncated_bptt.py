"""A character model over one long text: the hidden state goes from piece to piece, detached, and no piece is shuffled."""

import torch
from torch import nn

TEXT = "the quick brown fox jumps over the lazy dog and the dog sleeps on " * 12
chars = sorted(set(TEXT))
stoi = {c: i for i, c in enumerate(chars)}


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, 8)
        self.lstm = nn.LSTM(8, hidden, num_layers=2, dropout=0.1, batch_first=True)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, x, state=None):
        h, state = self.lstm(self.embed(x), state)
        return self.out(h), state


def batchify(data, batch_size):
    n = len(data) // batch_size
    return data[: n * batch_size].view(batch_size, n)


def main():
    torch.manual_seed(0)
    data = batchify(torch.tensor([stoi[c] for c in TEXT]), 4)
    model = CharRNN(len(chars), 16)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    bptt, losses = 16, []
    for epoch in range(2):
        state = None
        for i in range(0, data.size(1) - 1 - bptt, bptt):
            x, y = data[:, i : i + bptt], data[:, i + 1 : i + 1 + bptt]
            if state is not None:
                state = tuple(s.detach() for s in state)
            logits, state = model(x, state)
            loss = nn.functional.cross_entropy(logits.reshape(-1, len(chars)), y.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        out, state, token = [], None, torch.tensor([[0]])
        for _ in range(10):
            logits, state = model(token, state)
            token = logits[:, -1].softmax(-1).multinomial(1)
            out.append(token.item())
    return losses, out


if __name__ == "__main__":
    RESULT = main()
