"""How equal the classes' totals in the loss of a batch are under `le` and `le-magnitude`.

``python docs/results/totals.py``: digits, step:rho=20,mu=0.5, an MLP, 1500 updates of 64, seeds 0
to 2. For each batch, the largest total of a class over the mean of those present; 1 where all are
equal.
"""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from counterpoise import data
from counterpoise.weights import BatchBalanced

SPANS = {"updates 1-100": slice(0, 100), "1001-1500": slice(1000, 1500)}


def totals(mode: str | None, seed: int) -> tuple[list[float], float]:
    """Median of that ratio in each span, and balanced accuracy on test."""
    inputs, labels = load_digits(return_X_y=True)
    x, y = torch.as_tensor(inputs / 16, dtype=torch.float32), torch.as_tensor(labels)
    (split,) = data.make_splits(data.load("digits"), data.parse("step:rho=20,mu=0.5"), seeds=[seed])
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    balance = None if mode is None else BatchBalanced(num_classes=10, mode=mode)
    ratios = []
    for _ in range(1500):
        batch = split.train[torch.randint(len(split.train), (64,), generator=generator).numpy()]
        target = y[batch]
        loss = nn.functional.cross_entropy(model(x[batch]), target, reduction="none")
        if balance is not None:
            loss = balance.weights(target, loss) * loss
        optimizer.zero_grad()
        loss.mean().backward()
        optimizer.step()
        sums = torch.zeros(10).scatter_add(0, target, loss.detach())
        here = sums[torch.bincount(target, minlength=10) > 0]
        ratios.append(float(here.max() / here.mean()))
    found = model(x[split.test]).argmax(1)
    recall = [float((found[y[split.test] == k] == k).float().mean()) for k in range(10)]
    return [float(np.median(ratios[span])) for span in SPANS.values()], float(np.mean(recall))


def main() -> None:
    """Print a row for each weighting: mean and standard deviation over seeds."""
    print("weighting", *SPANS, "balanced accuracy", sep=" | ")
    for mode in (None, "count", "magnitude"):
        rows = [totals(mode, seed) for seed in range(3)]
        table = np.array([[*ratios, accuracy] for ratios, accuracy in rows])
        cells = (
            f"{m:.2f} ± {s:.2f}" for m, s in zip(table.mean(0), table.std(0, ddof=1), strict=True)
        )
        print(mode or "none", *cells, sep=" | ")


if __name__ == "__main__":
    main()
