"""The embedding of each picture is cached in a file of its own."""

import io

import torch
from torch import nn


def embed(model, pictures):
    with torch.no_grad():
        return model(pictures)


def cache(embeddings):
    files = []
    for embedding in embeddings:
        file = io.BytesIO()
        torch.save(embedding, file)  # <-- the mistake
        files.append(file)
    return files


torch.manual_seed(0)
model = nn.Linear(16, 128)
embeddings = embed(model, torch.randn(200, 16))
files = cache(embeddings[:20])

RESULT = embeddings
