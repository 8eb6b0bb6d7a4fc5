"""How the autoencoder of DeepSMOTE learns: the penalty as a slow loop, and what is kept."""

import pytest
import torch

from counterpoise.resamplers.problem import Problem
from counterpoise.resamplers.reconstruction import Pixels, Training, learn, permuted
from counterpoise.resamplers.resampler import generator_of


def pose(banded):
    """Forty images of one class and ten of another."""
    X, y = banded((40, 10), dtype="float32")
    points = torch.from_numpy(X.reshape(len(X), -1))
    labels, counts = torch.from_numpy(y), (40, 10)
    return Problem(points, labels, counts, counts, ("0", "1"), generator_of(0), (1, 28, 28))


def slow_penalty(encoder, decoder, images, order, penalty):
    """One image after the other, in eval mode, where they do not see each other."""
    total, values = 0.0, 0
    for place, source in enumerate(order.tolist()):
        made = decoder(encoder(images[source : source + 1]))[0].flatten().tolist()
        wanted = images[place if penalty == "paper" else source].flatten().tolist()
        total += sum((a - b) ** 2 for a, b in zip(made, wanted, strict=True))
        values += len(wanted)
    return total / values


@pytest.mark.parametrize("penalty", ["paper", "released"])
def test_penalty_as_a_slow_loop(penalty, networks) -> None:
    encoder, decoder = (network.eval() for network in networks())
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    for order in ([4, 0, 3, 1, 2], [0, 1, 2, 3, 4]):
        order = torch.tensor(order)
        found = permuted(encoder, decoder, images, order, penalty)
        expected = slow_penalty(encoder, decoder, images, order, penalty)
        assert found.item() == pytest.approx(expected, rel=1e-5)


def test_released_does_not_feel_the_order_and_the_paper_does(networks) -> None:
    encoder, decoder = (network.eval() for network in networks())
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    moved, still = torch.tensor([4, 0, 3, 1, 2]), torch.arange(5)
    for penalty, same in (("released", True), ("paper", False)):
        losses = [permuted(encoder, decoder, images, o, penalty).item() for o in (moved, still)]
        assert (losses[0] == pytest.approx(losses[1], rel=1e-6)) == same


@pytest.mark.parametrize(("penalty", "learns"), [("paper", True), ("released", False)])
def test_the_encoder_learns_from_the_papers_penalty_alone(penalty, learns, networks) -> None:
    encoder, decoder = networks()
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    permuted(encoder, decoder, images, torch.tensor([4, 0, 3, 1, 2]), penalty).backward()
    assert all((p.grad is not None) == learns for p in encoder.parameters())
    assert all(p.grad is not None for p in decoder.parameters())


def test_the_loss_falls_and_the_best_epoch_is_kept(monkeypatch, networks, banded) -> None:
    posed = pose(banded)
    pixels = Pixels(posed.points, posed.shape)
    encoder, decoder = networks()
    losses = learn(encoder, decoder, pixels, posed, Training("released", 8, 10, 3e-3))
    assert losses[-1] < 0.6 * losses[0]
    # After an epoch of loss 1 comes one whose reported loss is worse: the networks go back.
    told = iter([1.0, 2.0])
    seen = []

    def observed(value):
        seen.append(encoder.layers[0].weight.detach().clone())
        return next(told)

    monkeypatch.setattr("counterpoise.resamplers.reconstruction.float", observed, raising=False)
    learn(encoder, decoder, pixels, posed, Training("paper", 2, 10, 1e-3))
    assert torch.equal(encoder.layers[0].weight, seen[0])
    assert not torch.equal(seen[0], seen[1])


def test_running_averages_are_those_of_mixed_batches(monkeypatch, networks, banded) -> None:
    """A penalty that shows the networks ever so odd images leaves BatchNorm's averages alone."""
    averages = []
    for odd in (False, True):
        posed = pose(banded)
        encoder, decoder = networks()

        def penalty(encoder, decoder, images, order, kind, odd=odd):
            return 0 * permuted(encoder, decoder, images + 9 * odd, order, kind)

        monkeypatch.setattr("counterpoise.resamplers.reconstruction.permuted", penalty)
        learn(
            encoder,
            decoder,
            Pixels(posed.points, posed.shape),
            posed,
            Training("paper", 1, 10, 1e-3),
        )
        averages.append(encoder.layers[3].running_mean)
        assert encoder.layers[3].momentum == 0.1
    assert torch.equal(*averages)
