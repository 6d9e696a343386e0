import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader
from sklearn.datasets import load_digits


class AddNoise:
    def __init__(self, std):
        self.std = std

    def __call__(self, img):
        img += torch.randn_like(img) * self.std  # <-- MISTAKE: changes the data set itself
        return img


class Digits(Dataset):
    def __init__(self, transform=None):
        d = load_digits()
        self.images = torch.tensor(d.images, dtype=torch.float32).unsqueeze(1) / 16
        self.labels = torch.tensor(d.target)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        img = self.images[i]
        if self.transform:
            img = self.transform(img)  # <-- OR
        return img, self.labels[i]


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc = nn.Linear(16 * 4, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


torch.manual_seed(0)
ds = Digits(AddNoise(0.1))
loader = DataLoader(ds, batch_size=128, shuffle=True)
model = CNN()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(4):
    total = 0
    for img, lab in loader:
        loss = nn.functional.cross_entropy(model(img), lab)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / len(loader))
