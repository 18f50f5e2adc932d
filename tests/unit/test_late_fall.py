"""The hint beside the training curve."""

import pandas as pd
import pytest

from spacon.report.training import late_fall


def history(**errors):
    return pd.DataFrame(
        [
            {"seed": seed, "epoch": epoch, "mean_squared_error": error}
            for seed, found in errors.items()
            for epoch, error in enumerate(found, 1)
        ]
    )


@pytest.mark.parametrize(
    ("errors", "share"),
    [
        ({"a": [10, 4, 3, 2]}, 0.125),  # 1 of 8
        ({"a": [10, 4, 3, 2], "b": [5, 4, 3, 1]}, 0.5),  # the second seed's: 2 of 4
        ({"a": [*range(30, 10, -1), 10]}, 0.15),  # 21 epochs, the last three of 20 steps down
        ({"a": [10, 2, 1, 2]}, 0.0),  # it rose at the end
        ({"a": [3, 4, 5]}, None),
        ({"a": [3, 2]}, None),
    ],
)
def test_share_of_the_fall_in_the_last_tenth(errors, share):
    assert late_fall(history(**errors)) == (None if share is None else pytest.approx(share))
    assert late_fall(history(**errors).iloc[::-1]) == (None if share is None else pytest.approx(share))
