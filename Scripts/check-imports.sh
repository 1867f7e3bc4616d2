#!/usr/bin/env bash
# Checks the imports of every module against the table in CONTRIBUTING.md: a module may import the
# modules in its row and those that ship with Swift. SwiftPM does not reject indirect dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

grep -rHnE --include='*.swift' \
  '^(@[A-Za-z_]+(\([a-z]+\))? +|(public|package|internal|fileprivate|private) +)*import ' Sources |
  awk -F'|' '
    BEGIN {
      split("Swift Foundation FoundationEssentials Glibc Dispatch Synchronization", names, " ")
      for (i in names) system_module[names[i]] = 1
    }
    # First the table: | `Module` | holds | may import |
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
    # Then the output of grep: Sources/Module/File.swift:12:import Name
    {
      split($0, place, ":")
      split(place[1], folders, "/")
      module = folders[2]
      name = $0; sub(/^.*import +/, "", name)
      sub(/^(struct|class|enum|protocol|func|let|var|typealias) +/, "", name)
      sub(/[. ].*$/, "", name)
      if (!(module in known)) {
        if (!reported[module]++) {
          print "CONTRIBUTING.md: no row for module " module > "/dev/stderr"; bad++
        }
      } else if (!(name in system_module) && !((module, name) in allowed)) {
        print place[1] ":" place[2] ": " module " may not import " name \
          " (see the table in CONTRIBUTING.md)" > "/dev/stderr"
        bad++
      }
      seen++
    }
    END {
      if (!seen) { print "check-imports: no imports found" > "/dev/stderr"; exit 1 }
      if (bad) exit 1
      print "check-imports: " seen " imports, all allowed"
    }' CONTRIBUTING.md -
