"""What of a function's source means something: its tokens, the same on every Python version."""

from __future__ import annotations

import ast
import io
import tokenize


def tokens(source: str) -> list[str]:
    """The tokens that mean something: no comments, no docstring, no layout beyond the block structure."""
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    docstring = range(0)
    if ast.get_docstring(tree, clean=False) is not None:
        docstring = range(tree.body[0].lineno, (tree.body[0].end_lineno or 0) + 1)
    found = []
    skip = {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER, tokenize.ENCODING}
    marks = {tokenize.INDENT: "\1", tokenize.DEDENT: "\2", tokenize.NEWLINE: "\3"}     # texts that no token has
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in skip or (token.type in (tokenize.STRING, tokenize.NEWLINE) and token.start[0] in docstring):
            continue
        found.append(marks.get(token.type, token.string))
    return found
