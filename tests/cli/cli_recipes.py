"""Recipes that the tests of the command line write into folders of their own."""

CUP = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup of coffee
"""

CUP_BODY = {"instances": [{"prompt": "a cup of coffee"}]}

SEASONS = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a {{ thing }} in {{ season }}
vars: {thing: cup}
matrix: {season: [spring, autumn]}
"""

UPSCALE = """\
imagenspec: 1
task: upscale
model: imagen-4.0-upscale-preview
image: cup.png
parameters: {upscale_config: {upscale_factor: x2}}
"""

BROKEN = CUP + "colour: blue\n"
WARNED = CUP + "vars: {kind: tea}\n"
INFORMED = CUP + "raw: {parameters: {newParameter: 1}}\n"


def upscale(image: str) -> str:
    """Return a recipe that names an image."""
    return UPSCALE.replace("cup.png", image)
