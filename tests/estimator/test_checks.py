"""scikit-learn's own checks of its contract."""

from collections.abc import Callable

import pytest
from sklearn.utils import estimator_checks as checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from counterpoise import CounterpoiseClassifier

# As scikit-learn declares for SGDClassifier, and for no other check.
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": (
        "sample_weight is not equivalent to removing/repeating samples: a repeated sample changes "
        "which minibatches are drawn, and how many updates a round has"
    )
}


@parametrize_with_checks(
    [CounterpoiseClassifier(rounds=40), CounterpoiseClassifier("cnusvm", rounds=40)],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_scikit_learn_contract(
    estimator: CounterpoiseClassifier, check: Callable[[CounterpoiseClassifier], None]
) -> None:
    check(estimator)


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", [checks.check_classifiers_train, checks.check_classifiers_classes]
)
def test_the_default_length_learns_what_the_checks_ask_for(
    check: Callable[[str, CounterpoiseClassifier], None],
) -> None:
    """The checks that ask for an accuracy; what the others ask does not depend on the length."""
    check("CounterpoiseClassifier", CounterpoiseClassifier())


@pytest.mark.parametrize("method", ["two-phase-over", "tau-norm", "thresholding"])
def test_more_than_one_stage_keeps_the_contract(method: str) -> None:
    """A few checks that stages, heads and decision rules could break."""
    estimator = CounterpoiseClassifier(method, rounds=20)
    for check in (
        checks.check_estimators_pickle,
        checks.check_fit_idempotent,
        checks.check_methods_subset_invariance,
        checks.check_decision_proba_consistency,
        checks.check_classifiers_one_label_sample_weights,
    ):
        check(type(estimator).__name__, estimator)
