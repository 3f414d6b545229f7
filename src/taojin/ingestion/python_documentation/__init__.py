"""The documentation of the installed Python distributions: a corpus on every machine.

Modules are parsed, never imported: reading what a package says about itself must not
run its code.
"""
