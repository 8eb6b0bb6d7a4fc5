"""A scikit-learn classifier over any shipped method or recipe."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from counterpoise.counts import ClassCounts
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import ArgumentError, CounterpoiseError, DataError, RecipeError
from counterpoise.estimator import samples
from counterpoise.estimator.finish import decision_rules, finished
from counterpoise.estimator.method import Method, plain, read
from counterpoise.estimator.training import Fit, train
from counterpoise.predict import Prediction
from counterpoise.python_words import ARGUMENTS, errors_as_asked
from counterpoise.recipes import build
from counterpoise.recipes.images import for_images
from counterpoise.recipes.resolve import resolve
from counterpoise.recipes.schema import Recipe
from counterpoise.recipes.settings import with_parameters
from counterpoise.recipes.stage import Samples, watched
from counterpoise.train.device import resolve as resolve_device
from counterpoise.train.stopping import NoImprovement

TINY = np.finfo(np.float64).tiny


def _makes_probabilities(self: CounterpoiseClassifier) -> bool:
    """Whether `predict_proba` exists: not for losses that make margins."""
    if hasattr(self, "predictor_"):
        return bool(self.predictor_.scores == "logits")
    try:
        return build.loss_scores(self._recipe()) == "logits"
    except CounterpoiseError:
        return True  # fit will say what is wrong


class CounterpoiseClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network trained by one remedy for class imbalance, as a scikit-learn classifier.

    X may have more than two dimensions: (N, D) vectors, (N, C, T) series or (N, C, H, W) images,
    of any numbers. It is standardised inside, with constants of the training samples, so no
    scaler is needed; samples keep their type until a batch is made. Everything happens in this
    process; nothing is written. Given an int as `random_state`, a fit repeats itself bit for bit
    on the same machine and number of threads, and torch's global random state is left alone.

    Args:
        method: a name of ``counterpoise ls methods``, the path of a recipe (.toml), or a `Recipe`.
        model: "auto" for the recipe's own, which for shipped methods goes by the input; else a
            name of ``counterpoise ls models``.
        rounds: the most passes over the training samples (of the first stage, where there are
            several); None is the recipe's number: as many as make about 2000 updates, 10 to 200.
        batch_size: samples an update; None is the recipe's, 64 for shipped methods.
        lr: learning rate; None is the recipe's.
        method_parameters: settings of the method's parts, such as ``{"ratio": 10}``, and of
            tables of the recipe, such as ``{"model.hidden": [64], "optimizer.weight_decay": 0}``.
        tol: a stage ends when its training loss has not been lower by `tol` than the lowest before
            for `n_iter_no_change` rounds in succession; None trains all rounds. Stages whose
            weights or draws change by round, as in iwce, train all.
        n_iter_no_change: see `tol`.
        random_state: int, ``RandomState``, or None to differ from fit to fit.
        device: "auto", "cpu", "cuda" or "cuda:1".
        validation_fraction: share of each class held out, at least one sample of each class that
            has two. Decision rules that learn (`ThresholdSearch`, `Temperature`,
            `VectorScaling`) and ``train.checkpoint = "best"`` need it, and refuse 0: fitted on
            training samples they would learn how well a network knows those by heart.
        verbose: 1 prints a line after each round.

    Attributes: ``classes_``; ``n_features_in_`` (X.shape[1]); ``input_shape_``, of one sample;
    ``recipe_``, with everything filled in; ``n_iter_``, rounds trained, of all stages together;
    ``history_``, one dict a round; ``predictor_``, a `Predictor` with ``save(folder)`` and
    ``with_prior``.

    Raises (from `fit`):
        RecipeError: an unknown method or parameter.
        ArgumentError: a setting outside its range.
        DataError: fewer than two classes, or weights or inputs that cannot be trained on.

    >>> from sklearn.datasets import make_classification
    >>> from sklearn.metrics import recall_score
    >>> X, y = make_classification(600, weights=[0.9], class_sep=0.5, random_state=0)
    >>> def minority_recall(method):
    ...     model = CounterpoiseClassifier(method, rounds=10, random_state=0)
    ...     return recall_score(y[400:], model.fit(X[:400], y[:400]).predict(X[400:]))
    >>> bool(minority_recall("thresholding") > minority_recall("baseline") + 0.2)
    True
    """

    def __init__(
        self,
        method: Method = "baseline",
        *,
        model: str = "auto",
        rounds: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        method_parameters: Mapping[str, Any] | None = None,
        tol: float | None = 1e-4,
        n_iter_no_change: int = 10,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        validation_fraction: float = 0.0,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.model = model
        self.rounds = rounds
        self.batch_size = batch_size
        self.lr = lr
        self.method_parameters = method_parameters
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.device = device
        self.validation_fraction = validation_fraction
        self.verbose = verbose

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
    ) -> CounterpoiseClassifier:
        """Train on X (N, ...) and labels y (N,) of any type.

        Args:
            X: at least two classes; classes absent here are never predicted.
            y: labels, as many as samples.
            sample_weight: (N,) non-negative factors of each sample's loss, scaled to mean 1 so
                that the learning rate keeps its meaning. A weight of 0 leaves the sample out.
                Class counts, and what a method makes of them, count samples, not weights.
        """
        recipe = self._recipe()
        array, target = validate_data(self, X, y, allow_nd=True)
        check_classification_targets(target)
        weight = samples.checked_weight(sample_weight, len(array))
        if weight is not None:
            counted = weight > 0
            array, target, weight = array[counted], target[counted], weight[counted]
        self.classes_, labels = np.unique(target, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"a classifier needs samples of at least 2 classes; got 1 class, "
                f"'{self.classes_[0]}', in {len(target)} samples"
            )
        with errors_as_asked(known=ARGUMENTS & set(self.get_params(deep=False))):
            fit = self._prepared(recipe, samples.as_inputs(array), labels.astype(np.int64), weight)
            rules = decision_rules(fit)
            trained = train(fit, print if self.verbose else _silent)
        self.history_ = trained.history
        self.n_iter_ = len(trained.history)
        self.recipe_ = fit.recipe
        self.input_shape_ = fit.samples.preprocess.shape
        self.predictor_ = finished(fit, trained, rules)
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Labels (N,) with the highest score, the first in ``classes_`` of equals."""
        chosen = self._predict(X).labels
        labels: npt.NDArray[Any] = self.classes_[chosen]
        return labels

    @available_if(_makes_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Probabilities (N, K) in the order of ``classes_``, after decision rules.

        Absent for methods whose loss makes margins (cnusvm, cnsvm): those have none.
        """
        probabilities = self._predict(X).probabilities
        assert probabilities is not None
        return probabilities

    def decision_function(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Scores (N, K), the largest predicted; (N,) for two classes, above 0 for ``classes_[1]``.

        Margins; or logarithms of the scores after decision rules, which without a rule are
        log probabilities, and log odds for two classes.
        """
        scores = self._predict(X).scores
        if self.predictor_.scores == "logits":
            scores = np.log(np.maximum(scores, TINY))
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _predict(self, X: npt.ArrayLike) -> Prediction:
        check_is_fitted(self)
        array = validate_data(self, X, reset=False, allow_nd=True)
        return self.predictor_.predict(samples.as_inputs(array))

    def _recipe(self) -> Recipe:
        """The recipe under this estimator's settings, not yet fitted to the data."""
        recipe = read(self.method)
        settings = {
            "train.rounds": self.rounds,
            "train.batch_size": self.batch_size,
            "optimizer.lr": self.lr,
            "model.name": None if self.model == "auto" else self.model,
        }
        if self.rounds == 0:
            raise ArgumentError("rounds is at least 1, or None for the recipe's; got 0")
        given = {key: value for key, value in settings.items() if value is not None}
        changes = {**(self.method_parameters or {}), **given}
        return with_parameters(recipe, {key: plain(value) for key, value in changes.items()})

    def _prepared(
        self,
        recipe: Recipe,
        inputs: npt.NDArray[np.generic],
        labels: npt.NDArray[np.int64],
        weight: npt.NDArray[np.float32] | None,
    ) -> Fit:
        random = check_random_state(self.random_state)
        fixed = isinstance(self.random_state, Integral)
        seed = int(self.random_state if fixed else random.randint(2**31 - 1))  # type: ignore[arg-type]
        held = samples.held_out(labels, self.validation_fraction, seed)
        whole, validation = np.flatnonzero(~held), np.flatnonzero(held)
        if recipe.train.checkpoint == "best" and not len(validation):
            raise ArgumentError(
                'train.checkpoint = "best" chooses a round on held-out samples; set '
                "validation_fraction, such as 0.2"
            )
        makers = [s.resampler.name for s in recipe.stages if s.resampler is not None]
        if weight is not None and makers:
            raise ArgumentError(
                f"{recipe.name} trains on samples that {makers[0]} makes, which have no weight "
                "(leave sample_weight out, or take a method without a resampler)"
            )
        kind, images = samples.KINDS[inputs.ndim], for_images(recipe)
        if images and kind != "image":
            raise RecipeError(
                f"{recipe.name} is for images ({images[0]}), (N, C, H, W); got X of shape "
                f"{inputs.shape}"
            )
        resolved = resolve(recipe, kind, inputs.shape[1:], len(whole))
        assert resolved.train.preprocess != "auto", "a resolved recipe names its preprocessing"
        names = [str(name) for name in self.classes_]
        training, contrast = samples.contrast_of(recipe, whole, labels, names, seed)
        evaluated = {}
        if len(validation):
            num_train = len(training) + len(contrast)
            evaluated["validation"] = watched(resolved, labels, validation, num_train)
        return Fit(
            recipe=resolved,
            samples=Samples(
                inputs=inputs,
                labels=labels,
                train=training,
                counts=ClassCounts.from_labels(labels[training], names=names),
                preprocess=Preprocess.fit(resolved.train.preprocess, inputs[whole]),
                evaluated=evaluated,
                contrast=contrast if len(contrast) else None,
                weight=weight,
            ),
            validation=validation,
            seed=seed,
            device=resolve_device(self.device),
            stop=NoImprovement(self.tol, self.n_iter_no_change),
        )


def _silent(line: str) -> None:
    """Print nothing."""
