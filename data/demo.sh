#!/bin/sh
# A first minute with the tagger: train on data/sample, score the model on text it has not seen, tag with it.
set -eu
cd "$(dirname "$0")/.."
model=demo/model

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\033[36m$ %s\033[0m\n' "$*"; "$@"; }

mkdir -p demo
say "1. Train on data/sample: 1,400 sentences of news, sport, business, science, letters, posts and culture"
run tagger train data/sample/train.conll --dev data/sample/dev.conll --output $model --epochs 20

say "2. Score it on documents it has not seen; three of four entities there never occur in train"
run tagger evaluate $model data/sample/test.conll

say "3. Tag a file: one token a line in, one more column out"
cut -f1 data/sample/test.conll >demo/input.conll
run tagger tag $model demo/input.conll --output demo/tagged.conll
printf '\n'
sh data/inline.sh <demo/tagged.conll | grep '\[' | head -n 8

say "4. Tag plain text: places in the text and confidences as JSON lines, or a page to look at"
run tagger tag $model data/sample/news.txt --output demo/news.jsonl
run tagger tag $model data/sample/news.txt --to html --output demo/news.html

say "The model is in $model, the page in demo/news.html, the tagged file in demo/tagged.conll. Your own data next:"
cat <<'TEXT'
    tagger train yours.conll --output model --vectors glove.6B.100d.txt
    tagger tag model notes.txt mail/ --output found.jsonl

With pretrained vectors the same network scores far higher; the README has the figures.
TEXT
