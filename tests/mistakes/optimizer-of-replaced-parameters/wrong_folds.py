"""Cross-validation on breast cancer: a fresh model for each fold."""

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold
from torch import nn


def make_model():
    return nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))


def run(folds=3, epochs=2):
    torch.manual_seed(0)
    features, labels = load_breast_cancer(return_X_y=True)
    x = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
    y = torch.tensor(labels, dtype=torch.float32).unsqueeze(1)
    criterion = nn.BCEWithLogitsLoss()
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scores = []
    for train_index, test_index in KFold(folds, shuffle=True, random_state=0).split(x):
        model = make_model()  # <-- the mistake
        for epoch in range(epochs):
            model.train()
            for batch in torch.as_tensor(train_index).split(128):
                optimizer.zero_grad()
                loss = criterion(model(x[batch]), y[batch])
                loss.backward()
                optimizer.step()
                model.zero_grad()
        model.eval()
        with torch.no_grad():
            scores.append(((model(x[test_index]) > 0) == y[test_index].bool()).float().mean().item())
    return scores


RESULT = run()
