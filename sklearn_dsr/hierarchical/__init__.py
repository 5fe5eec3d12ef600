"""One model for many related systems: shared arrays, and features of each subject."""

from ._reconstructor import HierarchicalReconstructor

__all__ = ["HierarchicalReconstructor"]
