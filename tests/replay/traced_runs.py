"""Small trainings that are run once with a tracer and once without."""

import torch
from torch import nn
from torch.nn import functional

import retorch
from retorch.replay._operations import read_trace
from retorch.replay._tracer import Tracer


class Classifier(nn.Module):
    """An LSTM or a transformer over tokens, or layers over images, and a linear head."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        if kind == "mlp":
            self.body = nn.Sequential(nn.Linear(64, 32), nn.LayerNorm(32), nn.ReLU(), nn.Dropout(0.3))
            width = 32
        elif kind == "cnn":
            self.body = nn.Sequential(
                nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
            )  # fmt: skip
            width = 72
        else:
            self.embedding = nn.Embedding(20, 16)
            self.body = (
                nn.LSTM(16, 16, batch_first=True)
                if kind == "lstm"
                else nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
            )
            width = 16
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        if self.kind == "lstm":
            return self.head(self.body(self.embedding(x))[0][:, -1])
        if self.kind == "transformer":
            return self.head(self.body(self.embedding(x)).mean(1))
        return self.head(self.body(x.view(-1, 1, 8, 8) if self.kind == "cnn" else x))


KINDS = ("mlp", "cnn", "lstm", "transformer")


def data_for(kind, samples=48):
    generator = torch.Generator().manual_seed(3)
    words = torch.randint(0, 20, (samples, 9), generator=generator)
    images = torch.randn(samples, 64, generator=generator)
    targets = torch.randint(0, 4, (samples,), generator=generator)
    return torch.utils.data.TensorDataset(words if kind in {"lstm", "transformer"} else images, targets)


def adam(model):
    return torch.optim.Adam(model.parameters(), lr=0.01)


def train(kind="mlp", *, tracer=None, seed=7, make=Classifier, optimizer=adam, step=None, after=None, steps=3,
          shuffle=True):  # fmt: skip
    """Train for some steps, and return the model."""
    retorch.seed_everything(seed)
    model = make(kind)
    tool = optimizer(model)
    loader = torch.utils.data.DataLoader(data_for(kind, 12 * steps), batch_size=12, shuffle=shuffle)
    run = retorch.Run(None, seed=seed, model=model, optimizer=tool, observers=() if tracer is None else (tracer,))
    for _ in run.epochs(1):
        for batch in run.steps(loader):
            (step or one_step)(run, model, tool, batch)
            if after is not None:
                after(run, model)
    return model


def one_step(run, model, optimizer, batch):
    inputs, targets = batch
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(inputs), targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def traced(folder, *args, steps=range(3), start=False, capture=frozenset(), **kwargs):
    """Train, and return the trace of some steps."""
    out = folder / f"trace-{len(list(folder.iterdir()))}"
    tracer = Tracer(steps, out=out, capture=frozenset(capture), capture_to=folder)
    if start:
        with tracer.tracing_start():
            train(*args, tracer=tracer, **kwargs)
    else:
        train(*args, tracer=tracer, **kwargs)
    return read_trace(out)


def bits(model):
    return {name: tensor.view(torch.uint8).numpy().tobytes() if tensor.ndim else tensor.item()
            for name, tensor in model.state_dict().items()}  # fmt: skip
