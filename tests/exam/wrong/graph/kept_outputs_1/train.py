import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import roc_auc_score

torch.manual_seed(2)
X, y = load_breast_cancer(return_X_y=True)
X = torch.as_tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.as_tensor(y, dtype=torch.float32)


def epoch_pass(model, optimizer, loss_fn):
    model.train()
    preds, targets = [], []
    for idx in torch.randperm(len(X)).split(32):
        out = model(X[idx]).squeeze(1)
        loss = loss_fn(out, y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        preds.append(out)  # <-- MISTAKE: keeps the graph of every batch
        targets.append(y[idx])
    return torch.cat(preds), torch.cat(targets)


model = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
for e in range(3):
    p, t = epoch_pass(model, optimizer, nn.BCEWithLogitsLoss())
    print(e, roc_auc_score(t.numpy(), p.detach().numpy()))
