"""What a reader meets is small: functions, files, and nothing imported in secret."""

import ast
from statistics import median

from tests.architecture import source


def test_the_median_function_has_at_most_nine_lines() -> None:
    assert median(function.lines for function in source.functions()) <= 9


def test_no_function_has_more_than_sixty_lines() -> None:
    long = [f"{f.place} {f.name}: {f.lines}" for f in source.functions() if f.lines > 60]
    assert long == []


def test_no_file_has_more_than_four_hundred_lines() -> None:
    lengths = {source.name(path): len(path.read_text().splitlines()) for path in source.files()}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_nothing_is_imported_inside_a_function() -> None:
    hidden = [
        f"{function.place} {function.name}"
        for function in source.functions()
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function.node))
    ]
    assert hidden == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        source.name(path)
        for path in source.files()
        if path.read_text().strip() and ast.get_docstring(source.tree(path)) is None
    ]
    assert silent == []
