"""`tagger tag` over paragraphs, its arguments in the order that benchmarks/speed.py gives them."""

import sys

from tagger.commands.app import main

if __name__ == "__main__":
    model, processes, file, output = sys.argv[1:]
    sys.argv[1:] = ["tag", model, file, "--documents", "paragraph", "--processes", processes, "--output", output]
    main()
