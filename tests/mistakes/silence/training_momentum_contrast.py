"""Contrastive learning with a momentum encoder and a queue of negative keys, as in MoCo; labels are all zero."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class TwoViews(Dataset):
    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def _augment(self, image):
        dx, dy = torch.randint(-1, 2, (2,)).tolist()
        return torch.roll(image, (dy, dx), (0, 1)) + 0.1 * torch.randn_like(image)

    def __getitem__(self, index):
        image = self.images[index]
        return self._augment(image), self._augment(image)


class MoCo(nn.Module):
    def __init__(self, dim=16, K=64, m=0.99, T=0.1):
        super().__init__()
        self.m, self.T, self.K = m, T, K
        self.encoder_q = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, dim))
        self.encoder_k = copy.deepcopy(self.encoder_q)
        for p in self.encoder_k.parameters():
            p.requires_grad = False
        self.register_buffer("queue", F.normalize(torch.randn(dim, K), dim=0))
        self.register_buffer("queue_ptr", torch.zeros(1, dtype=torch.long))

    @torch.no_grad()
    def _momentum_update_key_encoder(self):
        for q, k in zip(self.encoder_q.parameters(), self.encoder_k.parameters()):
            k.data = k.data * self.m + q.data * (1.0 - self.m)

    @torch.no_grad()
    def _dequeue_and_enqueue(self, keys):
        ptr = int(self.queue_ptr)
        self.queue[:, ptr : ptr + len(keys)] = keys.T
        self.queue_ptr[0] = (ptr + len(keys)) % self.K

    def forward(self, im_q, im_k):
        q = F.normalize(self.encoder_q(im_q), dim=1)
        with torch.no_grad():
            self._momentum_update_key_encoder()
            k = F.normalize(self.encoder_k(im_k), dim=1)
        l_pos = torch.einsum("nc,nc->n", q, k).unsqueeze(-1)
        l_neg = torch.einsum("nc,ck->nk", q, self.queue.clone().detach())
        logits = torch.cat([l_pos, l_neg], dim=1) / self.T
        labels = torch.zeros(logits.shape[0], dtype=torch.long)
        self._dequeue_and_enqueue(k)
        return logits, labels


def main():
    torch.manual_seed(0)
    images = torch.tensor(load_digits().images[:128] / 16, dtype=torch.float32)
    loader = DataLoader(TwoViews(images), batch_size=32, shuffle=True, drop_last=True)
    model, criterion = MoCo(), nn.CrossEntropyLoss()
    # All parameters, also those of the key encoder, as the original does; they have no gradient.
    optimizer = torch.optim.SGD(model.parameters(), 0.03, momentum=0.9, weight_decay=1e-4)
    losses = []
    for epoch in range(2):
        model.train()
        for im_q, im_k in loader:
            output, target = model(im_q, im_k)
            loss = criterion(output, target)
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return losses, model.state_dict()


if __name__ == "__main__":
    RESULT = main()
