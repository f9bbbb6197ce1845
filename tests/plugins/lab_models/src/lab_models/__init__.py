"""Models of our lab for brainkernel."""

from lab_models.quadratic_if import QuadraticIF
from lab_models.ring import ring

__all__ = ["QuadraticIF", "ring"]
