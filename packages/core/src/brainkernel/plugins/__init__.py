"""Plugins: finding them, their specs and hooks, and looking names up."""
