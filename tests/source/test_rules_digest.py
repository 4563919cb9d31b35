"""The rules digest: what an author may change freely, and every change that is another game."""

import pytest

from rollstep.game import LANGUAGE
from rollstep.source import Program
from tests.source.written import imported, package

STEP = '''
from rollstep import fx, sim

LIMIT = 50


@sim
def clamp(value, most=LIMIT):
    """Not above the limit."""
    return min(value, most)


def init(world, tick):
    world.n = 1


def step(world, inputs, tick):
    """One frame."""
    for i in range(3):
        if world.n > 2:
            world.n = clamp(world.n + i * 2)
    world.x += fx("0.5")
'''


def digest(folder, text, newline="\n"):
    module = imported(folder, text, newline=newline)
    return Program([module.init, module.step], LANGUAGE).rules_digest()


def edited(old, new, text=STEP):
    assert text.count(old) == 1, old
    return text.replace(old, new)


HARMLESS = {
    "a comment on a line": edited("        if world.n > 2:", "        if world.n > 2:  # often"),
    "a comment between lines": edited('    world.x += fx("0.5")', '    # forward\n    world.x += fx("0.5")'),
    "a comment at the margin": edited('    world.x += fx("0.5")', '# forward\n    world.x += fx("0.5")'),
    "a docstring": edited('"""One frame."""', '"""Another\n\n    text, with "quotes" and\nlines at the margin.\n    """'),
    "no docstring": edited('    """One frame."""\n', ""),
    "a helper's docstring": edited('"""Not above the limit."""', "'''Not above it.'''"),
    "blank lines": edited("    for i in range(3):\n", "\n    for i in range(3):\n\n\n"),
    "spaces in a line": edited("world.n + i * 2", "world.n+i  *  2"),
    "a broken line": edited("clamp(world.n + i * 2)", "clamp(\n                world.n + i * 2)"),
    "wider indentation": edited("            world.n = clamp", "                world.n = clamp"),
    "something that no step reaches": STEP + "\n\ndef draw(world):\n    print(world.n)\n",
    "another place in the file": "A = 1\n\n\n\n" + STEP,
    "no newline at the end": STEP.rstrip("\n"),
}

CHANGES = {
    "a number": edited("range(3)", "range(4)"),
    "a constant of the module": edited("LIMIT = 50", "LIMIT = 51"),
    "a default argument": edited("most=LIMIT", "most=49"),
    "an operator": edited("i * 2", "i - 2"),
    "a comparison": edited("world.n > 2", "world.n >= 2"),
    "a literal of fx": edited('fx("0.5")', 'fx("0.25")'),
    "the order of statements": edited("    return min(value, most)", "    most += 0\n    return min(value, most)"),
    "init": edited("world.n = 1", "world.n = 2"),
    "a statement moved out of its block": edited("            world.n = clamp", "            pass\n        world.n = clamp"),
    "a helper that is called another": STEP.replace("clamp", "limit"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_of_form_alone_is_the_same_game(name, tmp_path):
    assert HARMLESS[name] != STEP and digest(tmp_path, HARMLESS[name]) == digest(tmp_path, STEP)


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_do_not_count(newline, tmp_path):
    assert digest(tmp_path, STEP, newline) == digest(tmp_path, STEP)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_meaning_is_another_game(name, tmp_path):
    assert digest(tmp_path, CHANGES[name]) != digest(tmp_path, STEP)


FAR = {
    "far": """
        from rollstep import fx, sim
        SPEED, TABLE, STEP = 3, (1, (2, 3)), fx("0.5")

        @sim
        def deep(n, bonus=1):
            return n + bonus
    """,
    "near": """
        from rollstep import sim
        from {far} import deep
        import {far} as far

        @sim
        def middle(world):
            return deep(world.n) * far.SPEED + far.TABLE[1][1] + int(far.STEP)
    """,
    "game": """
        from {near} import middle

        def step(world, inputs, tick):
            world.n = middle(world)
    """,
}


def far_digest(folder, **texts):
    return Program([package(folder, **FAR | texts)["game"].step], LANGUAGE).rules_digest()


@pytest.mark.parametrize(("old", "new"), [
    ("SPEED, TABLE, STEP = 3", "SPEED, TABLE, STEP = 4"), ("(2, 3)", "(2, 4)"), ('fx("0.5")', 'fx("0.75")'),
    ("n + bonus", "n - bonus"), ("bonus=1", "bonus=2")])
def test_a_change_two_modules_away_is_another_game(old, new, tmp_path):
    assert far_digest(tmp_path, far=edited(old, new, FAR["far"])) != far_digest(tmp_path)


def test_names_of_modules_and_files_do_not_count(tmp_path):
    assert far_digest(tmp_path) == far_digest(tmp_path)     # two packages with different names
    assert far_digest(tmp_path, far=FAR["far"].replace("return n", "# faster\n            return n")) == far_digest(tmp_path)


def test_a_changed_variable_of_an_outer_function_is_another_game():
    def made(speed):
        def step(world, inputs, tick):
            world.n += speed
        return Program([step], LANGUAGE).rules_digest()
    assert made(1) == made(1) != made(2)


def test_true_and_one_are_told_apart():
    def made(value):
        def step(world, inputs, tick):
            world.n = ~value
        return Program([step], LANGUAGE).rules_digest()
    assert made(True) != made(1)


def test_a_step_inside_a_function_may_have_comments_and_texts_at_the_margin():
    def step(world, inputs, tick):
        """One frame,
told at the margin.
        """
# and a comment there
        world.n = world.n * 3 + 1
    first = Program([step], LANGUAGE).rules_digest()

    def step(world, inputs, tick):
        world.n = world.n * 3 + 1
    assert Program([step], LANGUAGE).rules_digest() == first


def test_every_python_gives_the_digest_that_peers_and_replays_know():
    def step(world, inputs, tick):
        world.n = world.n * 3 + 1
    assert Program([step], LANGUAGE).rules_digest().hex() == "c56450f0f65b555134a82367c2a8d43e"


def test_a_statement_behind_a_semicolon_is_not_one_on_a_line_of_its_own(tmp_path):
    one = edited("    world.n = 1\n", "    if world.n > 1: world.n = 1; world.x += 1\n")
    other = edited("    world.n = 1\n", "    if world.n > 1: world.n = 1\n    world.x += 1\n")
    assert digest(tmp_path, one) != digest(tmp_path, other)


def test_two_functions_of_one_name_are_told_apart_wherever_they_are_called(tmp_path):
    def program(folder, first, second):
        one = imported(folder, "from rollstep import sim\n\n\n@sim\ndef f(w):\n    w.x += 1\n")
        two = imported(folder, "from rollstep import sim\n\n\n@sim\ndef f(w):\n    w.x += 1000\n")
        game = imported(folder, "from rollstep import sim\n\n\n@sim\ndef g(w):\n    fa(w)\n\n\n"
                                "def init(world, tick):\n    fc(world)\n\n\n"
                                "def step(world, inputs, tick):\n    fb(world)\n    g(world)\n")
        game.fa, game.fb, game.fc = (one.f, two.f)[first], (one.f, two.f)[second], two.f
        made = Program([game.init, game.step], LANGUAGE)
        return made.rules_digest(), made.exact_text()
    here, there = program(tmp_path, 0, 1), program(tmp_path, 1, 0)
    assert here[0] != there[0] and here[1] != there[1]
