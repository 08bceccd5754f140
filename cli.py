"""Run the program from a checkout: `python cli.py train ...`."""

from tagger.commands.app import main

if __name__ == "__main__":
    main()
