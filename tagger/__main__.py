"""`python -m tagger`."""

from tagger.commands.app import main

main()
