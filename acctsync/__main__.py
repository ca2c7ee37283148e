"""`python -m acctsync` is the `acctsync` command."""

from acctsync.cli.main import main

if __name__ == "__main__":
    main()
