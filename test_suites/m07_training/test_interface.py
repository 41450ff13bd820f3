"""Names of other modules that are reached through `tinytorch.core.training`.

Always true: a name counts only if it also works.
"""

import numpy as np
import tinytorch.core.losses as losses
import tinytorch.core.training as training
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor


@in_candidate
def same_classes():
    return [training.MSELoss is losses.MSELoss, training.CrossEntropyLoss is losses.CrossEntropyLoss]


@number("16.1")
@weight(2)
@visibility("hidden")
def test_losses_are_reached_through_training():
    """tinytorch.core.training offers the MSELoss and CrossEntropyLoss of module 04, and a Trainer takes them."""
    hint = "from tinytorch.core.losses import CrossEntropyLoss, MSELoss"
    call = "training.MSELoss is losses.MSELoss, and the same for CrossEntropyLoss"
    assert_equal(same_classes(), [True, True], call=call, hint=hint)
    model = Linear(2, 1)
    model.weight.data = np.ones((2, 1), dtype=np.float32)
    model.bias.data = np.zeros(1, dtype=np.float32)
    trainer = training.Trainer(model, SGD(model.parameters()), training.MSELoss())
    got = trainer.evaluate([(Tensor([[1.0, 2.0]]), Tensor([[5.0]]))])[0]
    assert_close(got, 4.0, call="evaluate of one sample that is 2 off", hint=hint)
