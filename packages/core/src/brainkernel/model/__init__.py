"""What a modeller writes: declarations, step functions, neurons, synapses, monitors and stimuli."""
