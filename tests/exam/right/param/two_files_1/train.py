import torch
from torch.nn import functional as F
from model import Classifier
torch.manual_seed(0)
from sklearn.datasets import load_digits
dig = load_digits()
X, y = torch.tensor(dig.images / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(dig.target)
def main():
    m = Classifier(); opt = torch.optim.Adam(m.parameters(), 1e-3)
    for b in torch.randperm(len(X)).split(64):
        loss = F.cross_entropy(m(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(loss.item())
main()
