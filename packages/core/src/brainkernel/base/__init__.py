"""What all stages stand on: units, the clock, limits of the machine."""
