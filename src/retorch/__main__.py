"""`python -m retorch` is `retorch`."""

from retorch.cli import main

if __name__ == "__main__":
    main()
