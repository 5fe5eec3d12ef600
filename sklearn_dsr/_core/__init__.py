"""The compiled core: loads the module for this processor, and states what each function takes.

`systems`, `maps`, `linalg`, `search`, `numbers` and `training` hold its functions, with shapes,
units and errors. All of them except `linalg` take C-contiguous arrays of exactly the stated type.
They raise TypeError for any other type, ValueError for sizes that do not fit, and MemoryError for a
result that is too large. They release the GIL, react to Ctrl-C, and restore the floating-point
mode.
"""
