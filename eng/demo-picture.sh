#!/usr/bin/env bash
# Draws the table at the end of the demo as docs/images/demo.svg, from a run of the demo.
#
#   eng/demo-picture.sh [FILE]     FILE: what the demo wrote; without it the demo is run
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

if [ $# -gt 0 ]; then cat -- "$1"; else dotnet run --project src/CrossProvince.Cli -- demo; fi | awk -F '│' '
    function text(x, anchor, class, words) {
        gsub(/^ +| +$/, "", words); gsub(/&/, "\\&amp;", words); gsub(/</, "\\&lt;", words)
        out = out sprintf("<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, words)
    }
    BEGIN { y = 30 }
    /^│/ && $3 ~ /[^ ]/ {
        head = $3 ~ /^ Step / ? "head" : ""
        class = head ? head : ($2 ~ /✔/ ? "good" : "bad")
        text(26, "middle", class, $2)
        text(44, "start", head ? head : "step", $3)
        text(432, "start", head ? head : "said", $4)
        text(628, "start", class, $5)
        text(884, "end", head ? head : "time", $6)
        if (head) out = out sprintf("<line x1=\"16\" y1=\"%d\" x2=\"884\" y2=\"%d\"/>\n", y + 8, y + 8)
        y += head ? 28 : 20; rows++; next
    }
    /^│/ { y += 9 }
    /^(✔|✘)/ { y += 8; text(26, "start", /^✔/ ? "good" : "bad", $0) }
    END {
        if (rows < 2) { print "There is no table in what the demo wrote." > "/dev/stderr"; exit 1 }
        print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 " y + 18 "\" font-family=\"system-ui, sans-serif\" font-size=\"13.5\">"
        print "<title>The table at the end of the demo</title>"
        print "<style>.head{font-weight:600;fill:#c9d1d9}.step{fill:#e6edf3}.said,.time{fill:#8b949e}.good{fill:#56d364}.bad{fill:#ff7b72}line{stroke:#30363d}</style>"
        print "<rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"#0d1117\"/>"
        printf "%s</svg>\n", out
    }' >docs/images/demo.svg.new
mv docs/images/demo.svg.new docs/images/demo.svg
say "docs/images/demo.svg"
