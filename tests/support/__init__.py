"""Servers the tests run real Git against."""
