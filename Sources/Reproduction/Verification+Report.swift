import Experiments
import JSON
import Reporting

extension Verification {
  /// The readable report: mismatches first, then counts.
  public func lines() -> [String] {
    var lines = findings.map { "\($0.kind.rawValue): \($0.text)" }
    if let divergence {
      lines.append(
        "first step that diverged: \(divergence.name) (key \(divergence.key.short)): "
          + "\(divergence.found.short), but \(divergence.source.rawValue) has "
          + divergence.expected.short)
    }
    lines += badCells.map { cell in
      "\(cell.grade): \(cell.place)\(Self.values(cell))"
    }
    lines += figures.filter { $0.grade != .bitIdentical }.map { "\($0.grade): figure \($0.name)" }
    let verdicts = comparison.cells.filter { $0.place.kind == .claim }
    if !cells.isEmpty { lines.append("cells: \(Self.counts(cells))") }
    if !verdicts.isEmpty { lines.append("claim verdicts: \(Self.counts(verdicts))") }
    lines.append(countedResults)
    if !figures.isEmpty {
      let same = figures.count { $0.grade == .bitIdentical }
      lines.append("figures: \(same) of \(figures.count) bit-identical")
    }
    lines += publishedLines
    lines.append(
      isGood
        ? "verified: \(whatMatches)"
        : isSample && recomputed + read == 0
          ? "nothing was recomputed, so nothing is verified" : "does not match the lock")
    return lines
  }

  /// The cells of tables, as `merepl status` counts them.
  private var cells: [LockComparison.Cell] {
    comparison.cells.filter { $0.place.kind != .claim }
  }

  /// `3 of 60 results recomputed, plus 4 intermediate`, and what was only read.
  private var countedResults: String {
    let inner = max(0, recomputed + read - chosen)
    let own = recomputed - max(0, min(recomputed, inner))
    var text =
      isSample
      ? "sample: \(own) of \(asked) results recomputed"
      : "\(recomputed) result\(recomputed == 1 ? "" : "s") recomputed"
    if isSample, inner > 0 { text += ", plus \(inner) intermediate" }
    if !isSample, inner > 0, read == 0 {
      text += ": \(own) requested by the script, \(inner) intermediate"
    }
    if read > 0 {
      text +=
        "; \(read) reused from the interrupted verification"
    }
    return isSample ? "\(text); \(comparedValues)" : text
  }

  /// `6 of 16 values compared`
  private var comparedValues: String {
    let values = cells.reduce(0) { $0 + $1.attempted }
    return "\(values) of \(cells.reduce(0) { $0 + $1.total }) values compared"
  }

  /// The last line of a successful verification; claims no more than was compared.
  private var whatMatches: String {
    let open = figures.count { $0.grade == .notAttempted }
    let left = open > 0 ? "; \(open) of \(figures.count) figures not attempted" : ""
    return (isSample ? "\(comparedValues), all match" : "matches the lock") + left
  }

  private static func counts(_ cells: [LockComparison.Cell]) -> String {
    ReproductionGrade.allCases.compactMap { grade in
      let count = cells.count { $0.grade == grade }
      return count > 0 ? "\(count) \(grade)" : nil
    }.joined(separator: ", ")
  }

  private static func values(_ cell: LockComparison.Cell) -> String {
    func text(_ values: [Double?]) -> String {
      values.map { $0.map { NumberText.short($0) } ?? "-" }.joined(separator: " ")
    }
    switch (cell.expected, cell.found) {
    case (.numbers(let a)?, .numbers(let b)?): return " (lock \(text(a)), now \(text(b)))"
    case (.text(let a)?, .text(let b)?): return " (lock \(a), now \(b))"
    case (nil, _): return " (not in the lock)"
    default: return ""
    }
  }

  private var publishedLines: [String] {
    var lines: [String] = []
    if !published.isEmpty {
      let inside = published.count { $0.grade == .withinTolerance }
      let ordered = published.count { $0.grade == .sameOrdering }
      lines.append(
        "published numbers: \(inside) of \(published.count) within our confidence interval, "
          + "\(ordered) in the same order only, \(published.count - inside - ordered) differ "
          + "(\(ResultTable.miniScaleNote))"
      )
    }
    if !claims.isEmpty {
      let verdicts = ClaimVerdict.allCases.compactMap { verdict -> String? in
        let count = claims.count { $0.verdict == verdict }
        return count > 0 ? "\(count) \(verdict.rawValue)" : nil
      }
      lines.append("claims: \(verdicts.joined(separator: ", "))")
    }
    return lines
  }

  // MARK: JSON

  /// One object for each cell, figure, published number, claim and finding, then the summary.
  public func jsonLines() throws -> [String] {
    let objects =
      comparison.cells.map(Self.json)
      + figures.map {
        ["kind": "figure", "name": .string($0.name), "verdict": .string("\($0.grade)")]
      }
      + published.map { verdict -> JSONValue in
        JSONValue(
          members: [("kind", .string("published"))] + Self.members(verdict.place) + [
            ("measured", .double(verdict.measured)), ("published", .double(verdict.published)),
            ("verdict", .string("\(verdict.grade)")),
          ])
      }
      + claims.map {
        [
          "kind": "claim", "text": .string($0.statement), "verdict": .string($0.verdict.rawValue),
          "evidence": .string($0.evidence),
        ]
      }
      + findings.map {
        ["kind": "finding", "about": .string($0.kind.rawValue), "text": .string($0.text)]
      }
    return try objects.map { try $0.serialized() } + [
      JSONValue(members: [("kind", .string("summary"))] + summary).serialized()
    ]
  }

  private static func members(_ place: Lockfile.Place) -> [(String, JSONValue)] {
    [
      ("table", .string(place.table)), ("row", .string(place.row)),
      ("column", .string(place.column)),
    ]
  }

  private static func json(_ cell: LockComparison.Cell) -> JSONValue {
    JSONValue(
      members: [("kind", .string("cell"))] + members(cell.place) + [
        ("verdict", .string("\(cell.grade)")), ("attempted", .int(cell.attempted)),
        ("of", .int(cell.total)),
      ])
  }

  /// A summary of the verdict, for records and `--json`.
  private var summary: [(String, JSONValue)] {
    let first: JSONValue =
      divergence.map {
        [
          "name": .string($0.name), "key": .string($0.key.hex),
          "expected": .string($0.expected.hex), "found": .string($0.found.hex),
          "source": .string($0.source.rawValue),
        ]
      } ?? .null
    return [
      ("verified", .bool(isGood)), ("sample", .bool(isSample)), ("recomputed", .int(recomputed)),
      ("read", .int(read)), ("chosen", .int(chosen)), ("results", .int(asked)),
      ("lock_sha256", .string(lockHash.hex)),
      ("keys_sha256", .string(keysHash.hex)), ("first_divergence", first),
      (
        "cells",
        JSONValue(
          members: ReproductionGrade.allCases.map { ("\($0)", .int(comparison.count($0))) })
      ),
    ]
  }

  public func json() throws -> JSONValue { JSONValue(members: summary) }
}
