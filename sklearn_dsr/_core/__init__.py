"""The compiled core: this package loads it for the processor, and states what each function takes.

`systems`, `maps`, `linalg`, `search` and `training` are its functions, with shapes, units and
errors. All of them but `linalg` take C-contiguous arrays of exactly the stated type and raise
TypeError for anything else, ValueError for sizes that do not fit one another, and MemoryError where
the result has no room. They release the GIL, notice Ctrl-C, and leave the floating-point mode as it
was.
"""
