"""For other people's tests. `_plugin` is loaded by every pytest of the environment, so this imports nothing."""
