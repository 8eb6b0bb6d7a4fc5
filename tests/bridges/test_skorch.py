"""skorch trains as our loop does; the sampler is made of the samples that a fit gets."""

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from torch.utils.data import DataLoader

from counterpoise import Weighted, losses
from counterpoise.bridges import Rounds
from counterpoise.errors import ArgumentError, DataError
from counterpoise.samplers import F1Driven, Progressive, RandomOver

skorch = pytest.importorskip("skorch", reason="needs counterpoise[skorch]")

from counterpoise.bridges import skorch as bridge  # noqa: E402

SAMPLERS = {
    "over": partial(RandomOver, seed=5),
    "progressive": partial(Progressive, seed=5, rounds=3),
    "f1": partial(F1Driven, seed=5, batch_size=32),
}


def net(problem, iterator_train, **options):
    given = {
        "criterion": problem.criterion(),
        "optimizer": torch.optim.SGD,
        "optimizer__momentum": 0.9,
        "lr": 0.05,
        "max_epochs": 3,
        "batch_size": 32,
        "iterator_train": iterator_train,
        "train_split": None,
        "predict_nonlinearity": partial(torch.softmax, dim=1),
        "callbacks": [bridge.CounterpoiseCallback(contrast(problem))],
        "verbose": 0,
    }
    return skorch.NeuralNetClassifier(problem.model(), **given | options)


def contrast(problem):
    inputs, target = problem.contrast
    return inputs.numpy(), target.numpy()


def losses_of(fitted) -> list[float]:
    return [batch["train_loss"] for epoch in fitted.history for batch in epoch["batches"]]


@pytest.mark.parametrize("name", SAMPLERS)
def test_losses_are_those_of_our_loop(name, problem, ours) -> None:
    fitted = net(problem, bridge.SampledLoader(SAMPLERS[name], updates=9))
    fitted.fit(problem.inputs.numpy(), problem.target.numpy())
    assert losses_of(fitted) == ours(SAMPLERS[name](problem.target)).losses
    assert len(losses_of(fitted)) == 27


@pytest.mark.parametrize("name", SAMPLERS)
def test_partial_fit_goes_on_with_the_stream(name, problem, ours) -> None:
    fitted = net(problem, bridge.SampledLoader(SAMPLERS[name], updates=9), max_epochs=1)
    samples = problem.inputs.numpy(), problem.target.numpy()
    fitted.fit(*samples)
    fitted.partial_fit(*samples)
    fitted.partial_fit(*samples)
    expected = ours(SAMPLERS[name](problem.target)).losses
    assert losses_of(fitted) == expected
    fitted.fit(*samples)
    assert len(losses_of(fitted)) == 9
    assert fitted.iterator_train.sampler.state_dict()["position"] == 9 * 32


def test_a_contrast_set_without_a_sampler_is_ignored_with_a_warning(problem) -> None:
    with pytest.warns(UserWarning, match="contrast=.* is ignored"):
        net(problem, DataLoader, max_epochs=1).fit(problem.inputs.numpy(), problem.target.numpy())


def test_a_sampler_of_ones_own_as_batch_sampler(problem, ours) -> None:
    rounds = Rounds(SAMPLERS["progressive"](problem.target), batch_size=32, updates=9)

    def loader(dataset, batch_size, batch_sampler):
        return DataLoader(dataset, batch_sampler=batch_sampler)

    fitted = net(problem, loader, iterator_train__batch_sampler=rounds)
    fitted.fit(problem.inputs.numpy(), problem.target.numpy())
    assert losses_of(fitted) == ours(SAMPLERS["progressive"](problem.target)).losses


def test_a_sampler_of_ones_own_as_sampler(problem) -> None:
    sampler = SAMPLERS["progressive"](problem.target)
    fitted = net(problem, DataLoader, iterator_train__sampler=sampler, max_epochs=2)
    fitted.fit(problem.inputs.numpy(), problem.target.numpy())
    assert bridge.sampler_of_net(fitted) is sampler
    assert sampler.state_dict()["position"] == 2 * len(sampler)


def test_without_the_callback_the_weights_stay_at_their_start(problem, ours) -> None:
    loader = bridge.SampledLoader(SAMPLERS["over"], updates=9)
    fitted = net(problem, loader, callbacks=[])
    fitted.fit(problem.inputs.numpy(), problem.target.numpy())
    expected = ours(SAMPLERS["over"](problem.target)).losses
    assert losses_of(fitted)[:9] == expected[:9]
    assert losses_of(fitted)[9:] != expected[9:]


def test_partial_fit_goes_on_with_the_rounds(problem) -> None:
    told = []

    class Watching(RandomOver):
        def set_epoch(self, epoch: int) -> None:
            told.append(epoch)

    fitted = net(problem, bridge.SampledLoader(partial(Watching, seed=0)), max_epochs=2)
    for _ in range(2):
        fitted.partial_fit(problem.inputs.numpy(), problem.target.numpy())
    assert told == [0, 1, 2, 3]


def test_the_sampler_draws_from_what_the_split_left(problem) -> None:
    """skorch's default holds out a fifth; a sampler over all labels would reach outside."""
    loader = bridge.SampledLoader(partial(RandomOver, seed=0))
    fitted = net(problem, loader, train_split=skorch.dataset.ValidSplit(5), max_epochs=1)
    fitted.fit(problem.inputs.numpy(), problem.target.numpy())
    labels = fitted.get_split_datasets(problem.inputs.numpy(), problem.target.numpy())[0]
    largest = np.bincount([int(y) for _, y in labels]).max()
    assert fitted.history[-1]["train_batch_count"] == -(-largest * 10 // 32)
    assert 0 < fitted.history[-1]["valid_acc"] <= 1


def test_in_a_grid_search_each_fold_has_its_own_sampler(problem) -> None:
    loader = bridge.SampledLoader(partial(RandomOver, seed=0), updates=9)
    search = GridSearchCV(net(problem, loader), {"lr": [0.05, 0.1]}, cv=2, error_score="raise")
    search.fit(problem.inputs.numpy(), problem.target.numpy())
    assert loader.sampler is None
    assert search.best_score_ > 0.5
    np.testing.assert_allclose(search.predict_proba(problem.inputs.numpy()).sum(1), 1, atol=1e-5)


def test_clones_train_alike(problem) -> None:
    one = net(problem, bridge.SampledLoader(SAMPLERS["f1"], updates=9))
    two = clone(one)
    for each in (one, two):
        each.fit(problem.inputs.numpy(), problem.target.numpy())
    assert losses_of(one) == losses_of(two)


def test_nothing_of_ours_is_an_error(problem) -> None:
    plain = net(problem, DataLoader, criterion=torch.nn.CrossEntropyLoss)
    with pytest.raises(ArgumentError, match=r"criterion is a Weighted.*got CrossEntropyLoss"):
        plain.fit(problem.inputs.numpy(), problem.target.numpy())


def test_a_bare_loss_of_ours_is_enough_and_one_of_torch_is_not(problem) -> None:
    samples = problem.inputs.numpy(), problem.target.numpy()
    callbacks = [bridge.CounterpoiseCallback()]
    bare = net(problem, DataLoader, criterion=losses.Focal, callbacks=callbacks, max_epochs=1)
    bare.fit(*samples)
    wrapped = Weighted(losses.Focal())
    same = net(problem, DataLoader, criterion=wrapped, callbacks=callbacks, max_epochs=1)
    same.fit(*samples)
    assert losses_of(bare) == losses_of(same)
    torch_s = net(problem, DataLoader, criterion=torch.nn.CrossEntropyLoss, callbacks=callbacks)
    with pytest.raises(ArgumentError, match=r"such as Weighted\(losses.CrossEntropy\(\), "):
        torch_s.fit(*samples)


def test_a_sampler_of_all_labels_beside_a_validation_split_is_refused(problem) -> None:
    """skorch's default holds out a fifth, which such a sampler would reach outside of."""
    samples = problem.inputs.numpy(), problem.target.numpy()
    for labels, split, message in (
        (problem.target, skorch.dataset.ValidSplit(5), "and Subset has"),
        (problem.target.flip(0), None, "other labels than Dataset has"),
    ):
        sampler = SAMPLERS["over"](labels)
        made = net(problem, DataLoader, iterator_train__sampler=sampler, train_split=split)
        with pytest.raises(ArgumentError, match=message):
            made.fit(*samples)


def test_a_sampler_that_waits_for_reports_says_so(problem) -> None:
    loader = bridge.SampledLoader(SAMPLERS["f1"])
    waiting = net(problem, loader, callbacks=[bridge.CounterpoiseCallback()], max_epochs=1)
    with pytest.warns(UserWarning, match=r"F1Driven learns from reports.*contrast=\(X, y\)"):
        waiting.fit(problem.inputs.numpy(), problem.target.numpy())


def test_a_data_set_without_labels_in_sight(problem) -> None:
    class Hidden(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index):
            return torch.zeros(64), 0

    with pytest.raises(DataError, match="Hidden offers no labels"):
        net(problem, bridge.SampledLoader(SAMPLERS["over"])).fit(Hidden(), None)
