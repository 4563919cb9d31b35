"""Small games for the tests."""
