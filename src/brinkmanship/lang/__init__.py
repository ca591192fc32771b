"""The expression language: parse, print, resolve against a scope, bound, evaluate over an array namespace."""
