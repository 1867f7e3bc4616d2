#!/usr/bin/env bash
# Compares the import lines of every module with the table in CONTRIBUTING.md: a module may import
# what its row names, and what comes with Swift. SwiftPM itself lets indirect dependencies pass.
set -euo pipefail
cd "$(dirname "$0")/.."

grep -rHnE --include='*.swift' \
  '^(@[A-Za-z_]+(\([a-z]+\))? +|(public|package|internal|fileprivate|private) +)*import ' Sources |
  awk -F'|' '
    BEGIN {
      split("Swift Foundation FoundationEssentials Glibc Dispatch Synchronization", names, " ")
      for (i in names) system_module[names[i]] = 1
    }
    # First the table: | `Module` | what it holds | what it may import |
    FILENAME == "CONTRIBUTING.md" {
      if ($0 !~ /^\| `[A-Za-z]+` \|/) next
      module = $2; gsub(/[` ]/, "", module)
      known[module] = 1
      count = split($4, imports, /[ ,]+/)
      for (i = 1; i <= count; i++) {
        gsub(/`/, "", imports[i])
        if (imports[i] != "" && imports[i] != "-") allowed[module, imports[i]] = 1
      }
      next
    }
    # Then grep'"'"'s lines: Sources/Module/File.swift:12:import Name
    {
      split($0, place, ":")
      split(place[1], folders, "/")
      module = folders[2]
      name = $0; sub(/^.*import +/, "", name)
      sub(/^(struct|class|enum|protocol|func|let|var|typealias) +/, "", name)
      sub(/[. ].*$/, "", name)
      if (!(module in known)) {
        if (!reported[module]++) {
          print "CONTRIBUTING.md has no row for the module " module > "/dev/stderr"; bad++
        }
      } else if (!(name in system_module) && !((module, name) in allowed)) {
        print place[1] ":" place[2] ": " module " may not import " name \
          " (the table in CONTRIBUTING.md)" > "/dev/stderr"
        bad++
      }
      seen++
    }
    END {
      if (!seen) { print "check-imports: found no import line" > "/dev/stderr"; exit 1 }
      if (bad) exit 1
      print "check-imports: " seen " imports, all as the table has them"
    }' CONTRIBUTING.md -
