"""The module of torch is the step of the model: the same numbers, and gradients that are right."""

import io
import sys

import numpy as np
import pytest
import torch
from fitted_family import ALL, KINDS, X, new, random_model
from models import next_state
from planted import SHORTEST, fitted

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor


def rows_of(values):
    return torch.tensor(np.array(values), dtype=torch.float64)


@pytest.mark.parametrize(("kind", "variant"), ALL)
def test_it_is_predict_to_1e_12(kind, variant):
    model = random_model(kind, variant)
    expected = model.predict(X)
    got = model.to_torch()(rows_of(X)).detach().numpy()
    assert got.dtype == np.float64
    assert np.all(np.abs(got - expected) <= 1e-12 * (1 + np.abs(expected)))


@pytest.mark.parametrize("kind", KINDS)
def test_its_step_is_the_equation_of_the_paper(kind):
    model = random_model(kind, "with inputs")
    module = model.to_torch()
    parametrization = model._parametrization(**model.architecture_)
    arrays = {k: v.detach().numpy() for k, v in module.named_parameters()}
    rng = np.random.default_rng(2)
    states, inputs = rng.standard_normal((20, 2)), rng.standard_normal((20, 1))
    scaled = inputs * model.scale_[2:] + model.mean_[2:]
    got = module.step(rows_of(states), rows_of(scaled)).detach().numpy()
    expected = [next_state(parametrization, arrays, z, s) for z, s in zip(states, inputs, strict=1)]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("variant", ["with hidden units", "affine, fewer units", "with inputs"])
def test_its_parts_run_freely_as_simulate(variant):
    model = random_model("shallow", variant)
    module, N = model.to_torch(), 3 - model.n_inputs_
    inputs = None if N == 3 else X[:30, N:]
    state, run = module.infer(rows_of(X[0])), []
    for k in range(30):
        state = module.step(state, None if inputs is None else rows_of(inputs[k]))
        run.append(module.observe(state).detach().numpy())
    expected = model.simulate(X[0], 30, inputs)
    np.testing.assert_allclose(run, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("variant", ["with hidden units", "affine, more units, with inputs"])
def test_gradients_of_rows_and_parameters_are_right(kind, variant):
    module = random_model(kind, variant).to_torch()
    names = [name for name, _ in module.named_parameters()]

    def function(rows, *values):
        return torch.func.functional_call(module, dict(zip(names, values, strict=True)), (rows,))

    values = [p.detach().clone().requires_grad_() for p in module.parameters()]
    rows = rows_of(X[:3]).requires_grad_()
    assert torch.autograd.gradcheck(function, (rows, *values), eps=1e-6, atol=1e-5)


def test_its_jacobian_is_that_of_the_model():
    model = random_model("clipped shallow")
    found = torch.autograd.functional.jacobian(model.to_torch(), rows_of(X[7]))
    expected = model.jacobian(X[7:8])[0] * model.scale_[:, None] / model.scale_
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_parameters_are_copies_and_bear_the_papers_letters():
    model = random_model("clipped dendritic", "affine, more units, with inputs")
    before = model.predict(X)
    module = model.to_torch()
    assert {n for n, _ in module.named_parameters()} == {"A", "W", "h", "alphas", "H", "B", "C"}
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 1.0
    np.testing.assert_array_equal(model.predict(X), before)
    assert all(p.grad is None for p in model.to_torch().parameters())


def test_training_on_keeps_what_is_0_by_architecture():
    module = random_model("diagonal shallow").to_torch()
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-7, weight_decay=0.1)
    loss = ((module(rows_of(X[:-1])) - rows_of(X[1:])) ** 2).mean()
    loss.backward()
    assert torch.count_nonzero(module.A.grad - torch.diag(torch.diag(module.A.grad))) == 0
    optimizer.step()
    A = module.A.detach()
    assert torch.count_nonzero(A - torch.diag(torch.diag(A))) == 0
    assert ((module(rows_of(X[:-1])) - rows_of(X[1:])) ** 2).mean() < loss


def test_a_module_can_be_stored():
    module = random_model("almost-linear", "with hidden units").to_torch()
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert torch.equal(loaded(rows_of(X)), module(rows_of(X)))
    fresh = random_model("almost-linear", "with hidden units").to_torch()
    fresh.load_state_dict(module.state_dict())


def test_global_state_of_torch_is_untouched():
    model, before = random_model("shallow"), torch.get_rng_state()
    kind, threads = torch.get_default_dtype(), torch.get_num_threads()
    model.to_torch()(rows_of(X))
    assert torch.equal(torch.get_rng_state(), before) and torch.is_grad_enabled()
    assert torch.get_default_dtype() is kind and torch.get_num_threads() == threads


def test_rows_of_a_wrong_width_are_named():
    module = random_model("shallow", "with inputs").to_torch()
    for rows in (X[:, :2], np.c_[X, X]):
        with pytest.raises(ValueError, match=r"The rows have \d columns, and .* on 3\. Give rows"):
            module(rows_of(rows))


def test_an_ensemble_is_referred_to_its_best_member():
    member = ShallowPLRNNReconstructor(5, random_state=0, **SHORTEST)
    ensemble = fitted(EnsembleReconstructor(member, n_members=2, random_state=0), X)
    with pytest.raises(TypeError, match=r"is no model: .* Take the best member: "):
        ensemble.to_torch()
    best = ensemble.estimators_[ensemble.best_index_]
    assert best.to_torch()(rows_of(X)).shape == X.shape


def test_nothing_is_exported_before_the_fit():
    with pytest.raises(ValueError, match="not fitted"):
        new("shallow").to_torch()


def test_without_torch_it_says_what_to_do(monkeypatch):
    model = random_model("shallow")
    monkeypatch.delitem(sys.modules, "sklearn_dsr.reconstruction._torch_step", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"to_torch needs torch, .*\. Install it as described"):
        model.to_torch()
