"""A small causal transformer with tied embedding, warm-up, parameter groups for weight decay and random windows."""

import math

import torch
import torch.nn as nn
from torch.nn import functional as F


class CausalLM(nn.Module):
    def __init__(self, vocab, dim=16, heads=2, layers=2, context=16):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim)
        self.pos = nn.Embedding(context, dim)
        layer = nn.TransformerEncoderLayer(dim, heads, 4 * dim, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocab, bias=False)
        self.head.weight = self.tok.weight
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, idx, targets=None):
        T = idx.size(1)
        x = self.tok(idx) + self.pos(torch.arange(T, device=idx.device))
        mask = nn.Transformer.generate_square_subsequent_mask(T)
        x = self.norm(self.encoder(x, mask=mask, is_causal=True))
        logits = self.head(x)
        loss = None if targets is None else F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
        return logits, loss


def get_batch(data, size=8, context=16):
    ix = torch.randint(len(data) - context - 1, (size,))
    return torch.stack([data[i : i + context] for i in ix]), torch.stack([data[i + 1 : i + 1 + context] for i in ix])


@torch.no_grad()
def estimate_loss(model, splits, iters=2):
    model.eval()
    out = {}
    for name, data in splits.items():
        losses = torch.zeros(iters)
        for k in range(iters):
            _, loss = model(*get_batch(data))
            losses[k] = loss.item()
        out[name] = losses.mean()
    model.train()
    return out


torch.manual_seed(1337)
text = "to be or not to be that is the question whether tis nobler in the mind to suffer " * 8
chars = sorted(set(text))
data = torch.tensor([chars.index(c) for c in text])
splits = {"train": data[: int(0.9 * len(data))], "val": data[int(0.9 * len(data)) :]}
model = CausalLM(len(chars))
decay = [p for p in model.parameters() if p.dim() >= 2]
no_decay = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-3
)
warmup, total = 2, 8
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer,
    lambda it: (it + 1) / warmup if it < warmup else 0.5 * (1 + math.cos(math.pi * (it - warmup) / (total - warmup))),
)
history = []
for it in range(total):
    if it % 4 == 0:
        history.append(estimate_loss(model, splits))
    _, loss = model(*get_batch(splits["train"]))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()

RESULT = [history, model.state_dict()]
