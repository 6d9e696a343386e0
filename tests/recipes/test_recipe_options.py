"""Options of a recipe: what is accepted, and what a mistake is told."""

import pytest
from pydantic import BaseModel, ConfigDict, Field

from retorch.errors import RunMismatch, UsageError
from retorch.recipes import Recipe, configure, configure_again, load_recipe


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lr: float = Field(0.1, gt=0, description="the learning rate")
    name: str = "adam"


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    optimizer: Inner = Inner()
    epochs: int = Field(3, ge=1)
    layers: list[int] = [1]
    nesterov: bool = False
    limit: int | None = 5


@pytest.fixture
def recipe(tmp_path):
    return Recipe("mine", tmp_path / "mine.py", built_in=False, Config=Outer, train=lambda *_, **__: None)


@pytest.mark.parametrize(
    ("setting", "read", "value"),
    [
        ("optimizer.lr=1e-3", lambda config: config.optimizer.lr, 1e-3),
        ("optimizer.name=sgd", lambda config: config.optimizer.name, "sgd"),
        ("optimizer.name=7", lambda config: config.optimizer.name, "7"),
        ("optimizer.name=a=b", lambda config: config.optimizer.name, "a=b"),
        ("optimizer.name=", lambda config: config.optimizer.name, ""),
        ("optimizer={lr = 0.5}", lambda config: config.optimizer.lr, 0.5),
        ('optimizer={"lr": 0.5}', lambda config: config.optimizer.lr, 0.5),
        ("layers=[64, 32]", lambda config: config.layers, [64, 32]),
        ("nesterov=true", lambda config: config.nesterov, True),
        ("nesterov=True", lambda config: config.nesterov, True),
        ("limit=null", lambda config: config.limit, None),
        (" epochs = 08 ", lambda config: config.epochs, 8),
    ],
)
def test_values_are_toml_or_json_or_plain_strings(recipe, setting, read, value):
    assert read(configure(recipe, [setting])) == value


def test_other_options_keep_their_defaults(recipe):
    config = configure(recipe, ["optimizer.lr=0.5"])
    assert (config.optimizer.name, config.epochs) == ("adam", 3)


def test_of_two_values_the_last_counts(recipe):
    assert configure(recipe, ["epochs=4", "epochs=5"]).epochs == 5


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("lr=0.1", "there is no option 'lr'; did you mean optimizer.lr?"),
        ("optimizer.ler=0.1", "there is no option 'optimizer.ler'; did you mean optimizer.lr"),
        ("epoch=3", "there is no option 'epoch'; did you mean epochs?"),
        ("zzz=1", "there is no option 'zzz'; options: optimizer, optimizer.lr, optimizer.name, epochs, layers"),
        ("epochs", "an option is set as name=value, for example optimizer.lr=0.1; got 'epochs'"),
        ("=3", "an option is set as name=value"),
        ("optimizer.lr=fast", "optimizer.lr=fast: input should be a valid number"),
        ("optimizer.lr=-1", "optimizer.lr=-1: input should be greater than 0 (the learning rate, default 0.1)"),
        ("optimizer.lr=nan", "optimizer.lr=nan: input should be greater than 0"),
        ("epochs=1.5", "epochs=1.5: input should be a valid integer"),
        ("epochs=0", "epochs=0: input should be greater than or equal to 1 (default 3)"),
        ("layers=[1, x]", "layers=[1, x]: input should be a valid list"),
        ("optimizer={momentum = 1}", "optimizer.momentum: extra inputs are not permitted"),
        ("optimizer=3", "optimizer=3: input should be a valid dictionary"),
    ],
)
def test_a_mistake_is_told_with_its_option_and_what_is_allowed(recipe, setting, message):
    with pytest.raises(UsageError) as caught:
        configure(recipe, [setting])
    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once(recipe):
    with pytest.raises(UsageError) as caught:
        configure(recipe, ["epochs=0", "optimizer.lr=0"])
    assert "epochs=0" in str(caught.value)
    assert "optimizer.lr=0" in str(caught.value)


def test_a_group_and_a_member_of_it_cannot_both_be_set(recipe):
    with pytest.raises(UsageError, match=r"optimizer.lr cannot be set beside optimizer=3"):
        configure(recipe, ["optimizer=3", "optimizer.lr=0.1"])
    assert configure(recipe, ["optimizer={name = 'sgd'}", "optimizer.lr=0.2"]).optimizer == Inner(lr=0.2, name="sgd")


def test_an_option_without_default_must_be_given(recipe):
    class Asking(Outer):
        folder: str

    asking = Recipe("mine", recipe.path, built_in=False, Config=Asking, train=recipe.train)
    with pytest.raises(UsageError, match=r"folder must be given: --set folder=VALUE"):
        configure(asking, [])


def test_a_recorded_configuration_comes_back_the_same():
    digits = load_recipe("digits")
    config = configure(digits, ["optimizer.lr=0.02", "epochs=2"])
    assert configure_again(digits, config.model_dump(mode="json")) == config


def test_a_recipe_that_lost_an_option_since_is_told(recipe):
    with pytest.raises(RunMismatch) as caught:
        configure_again(recipe, {"momentum": 0.9})
    assert "mine.py has changed since the run began" in str(caught.value)
    assert "momentum: Extra inputs are not permitted" in str(caught.value)
