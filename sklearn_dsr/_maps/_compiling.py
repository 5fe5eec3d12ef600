"""Options of numba for all compiled functions, chosen once: speed, no NaN lost, the same bits."""

# Reassociation lets sums over lanes vectorise; "nnan" and "ninf" stay off, so that a diverged
# value is seen by the caller's isfinite test.
OPTIONS = {
    "cache": True,
    "nogil": True,
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
}
# A function that others call is inlined for good. Else its copy in a fresh process may be another
# one than in a process that reads the cache, and the two may round differently.
INLINE = OPTIONS | {"forceinline": True}
# Where speed does not matter: exact order of operations, the same bits in any context.
STRICT = {"cache": True, "nogil": True, "error_model": "numpy"}
