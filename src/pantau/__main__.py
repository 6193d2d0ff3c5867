"""`python -m pantau`, which is how processes start each other."""

from pantau.cli import main

if __name__ == "__main__":
    main()
