#!/bin/sh
# Shows a tagged column file as text: a sentence a line, its entities in brackets with their type.
awk -F '\t' '
    function close_entity() { if (inside) line = line "]"; inside = 0 }
    /^$/ { close_entity(); if (line != "") print "    " line; line = ""; next }
    {
        if ($NF !~ /^I-/) close_entity()
        word = $1
        if ($NF ~ /^B-/) { word = "[" substr($NF, 3) " " word; inside = 1 }
        line = line (line == "" ? "" : " ") word
    }
    END { close_entity(); if (line != "") print "    " line }'
