"""Recipes of every task in which nothing is to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.limits import limit
from planting.capability import customize, edit
from planting.dice import chance, pick, some
from planting.parts import GENERATE, LANGUAGES, MODELS, OLD, SCENES, draft, image, settings_of, taken, with_variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Draft


def generate(dice: Dice, model: str | None = None) -> Draft:
    model = model or pick(dice, (*GENERATE, *GENERATE, *OLD))
    choices: dict[str, Callable[[], Any]] = {
        "aspect_ratio": lambda: pick(dice, limit(model, "aspectRatio").value),  # type: ignore[union-attr]
        "include_rai_reason": lambda: chance(dice),
        "include_safety_attributes": lambda: chance(dice),
        "guidance_scale": lambda: pick(dice, (0, 15.0, 60, 100.5)),
        "language": lambda: pick(dice, LANGUAGES if model in OLD else (*LANGUAGES, "zh-cn", "zh-tw")),
    }
    if taken(model, "sampleImageSize"):
        sizes = () if model in OLD else ("1k",) if "fast" in model else ("1k", "2k")
        choices |= {"sample_image_size": lambda: pick(dice, sizes)} if sizes else {}
    if taken(model, "negativePrompt"):
        choices["negative_prompt"] = lambda: "blurred, text"
    if taken(model, "sampleImageStyle"):
        choices["sample_image_style"] = lambda: "watercolor"
    choices["enhance_prompt"] = lambda: taken(model, "enhancePrompt") and chance(dice)
    settings = settings_of(dice, "generate", model, choices)
    return with_variable(dice, draft(dice, "generate", model, {"prompt": pick(dice, SCENES)}, settings))


def upscale(dice: Dice) -> Draft:
    config = {"upscale_factor": pick(dice, ("x2", "x3", "x4")), "enhance_input_image": chance(dice)}
    if chance(dice):
        config["image_preservation_factor"] = pick(dice, (0.5, 1.0))
    choices: dict[str, Callable[[], Any]] = {"include_rai_reason": lambda: chance(dice)}
    settings = settings_of(dice, "upscale", MODELS["upscale"], choices)
    settings |= {"upscale_config": config}
    settings.pop("sample_count", None)
    if chance(dice):
        settings |= {"mode": "upscale", "sample_count": 1}
    body: dict[str, Any] = {"image": image(dice, pick(dice, ("raw.png", "raw.jpg")))}
    if chance(dice):
        body["prompt"] = ""
    return draft(dice, "upscale", MODELS["upscale"], body, settings)


def try_on(dice: Dice) -> Draft:
    product: Any = image(dice, "shirt.png")
    if chance(dice):
        product = {"image": product}
        if chance(dice):
            product["product_image_config"] = {
                "mask_mode": "clothing_area",
                "dilation": 0.1,
                "product_description": "a",
            }
        if chance(dice):
            product["mask_image"] = image(dice, "mask.png")
    choices: dict[str, Callable[[], Any]] = {
        "base_steps": lambda: dice.number(1, 64),
        "enhance_prompt": lambda: chance(dice),
    }
    settings = settings_of(dice, "try_on", MODELS["try_on"], choices)
    body = {"person": image(dice, "person.jpg"), "products": [product]}
    if chance(dice, 3):
        body["prompt"] = ""
    return draft(dice, "try_on", MODELS["try_on"], body, settings)


def recontext(dice: Dice) -> Draft:
    products: list[Any] = []
    for _ in range(dice.number(1, 3)):
        product: Any = image(dice, "shirt.png")
        if chance(dice):
            product = {"image": product, "description": "a red shirt"}
        products.append(product)
    choices: dict[str, Callable[[], Any]] = {"enhance_prompt": lambda: chance(dice), "base_steps": lambda: 32}
    settings = settings_of(dice, "recontext", MODELS["recontext"], choices)
    body = {"products": products, "prompt": "on a beach at sunset"}
    return with_variable(dice, draft(dice, "recontext", MODELS["recontext"], body, settings))


SEGMENT_MODES = ("foreground", "background", "prompt", "semantic", "interactive")


def segment(dice: Dice, mode: str | None = None) -> Draft:
    mode = mode or pick(dice, SEGMENT_MODES)
    settings: dict[str, Any] = {"mode": mode} if mode != "foreground" or chance(dice) else {}
    choices = {"confidence_threshold": 0.1, "mask_dilation": 0.5, "binary_color_threshold": pick(dice, (-1, 96, 254))}
    settings |= {key: choices[key] for key in some(dice, list(choices))}
    body: dict[str, Any] = {"image": image(dice, "raw.png")}
    if mode == "prompt":
        body["prompt"] = "the red cup, the spoon"
        settings |= {"max_predictions": 3} if chance(dice) else {}
    if mode == "semantic":
        body |= {"prompt": "cat, dog"} if chance(dice) else {"classes": ["cat", "dog"]}
        if "classes" in body and chance(dice):
            del settings["mode"]
    if mode == "interactive":
        body["scribble"] = image(dice, "scribble.png")
    return draft(dice, "segment", MODELS["segment"], body, settings)


RECIPES: dict[str, Callable[[Dice], Draft]] = {
    "generate": generate,
    "customize": customize,
    "edit": edit,
    "upscale": upscale,
    "try_on": try_on,
    "recontext": recontext,
    "segment": segment,
}


def any_recipe(dice: Dice) -> Draft:
    return RECIPES[pick(dice, tuple(RECIPES))](dice)
