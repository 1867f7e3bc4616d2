import Experiments

/// A statement of the paper with what our measurements say about it.
public struct JudgedClaim: Hashable, Sendable {
  public let statement: String
  public let verdict: ClaimVerdict
  /// What the verdict rests on, for instance `+4.28 [3.11, 5.45] over 5 seeds`.
  public let evidence: String

  public init(_ statement: String, _ verdict: ClaimVerdict, evidence: String = "") {
    self.statement = statement
    self.verdict = verdict
    self.evidence = evidence
  }

  /// Judges "a is better than b" over seeds.
  public init(
    _ statement: String, better comparison: PairedComparison, margin: Double = 0, digits: Int = 2
  ) {
    self.init(
      statement, comparison.better(margin: margin),
      evidence: Self.evidence(comparison, digits: digits))
  }

  private static func evidence(_ comparison: PairedComparison, digits: Int) -> String {
    func signed(_ value: Double) -> String {
      let text = NumberText.fixed(value, digits: digits)
      return value > 0 && !text.hasPrefix("-") ? "+" + text : text
    }
    let count = comparison.differences.count
    if comparison.isRepeated {
      return "\(signed(comparison.mean)), the same for \(count) seeds: no interval"
    }
    guard let interval = comparison.interval else {
      return "\(signed(comparison.mean)), n = 1: no interval"
    }
    return "\(signed(comparison.mean)) [\(signed(interval.low)), \(signed(interval.high))] "
      + "over \(count) seeds"
  }
}

/// All claims of a script, none left out.
public struct ClaimList: Hashable, Sendable {
  public var claims: [JudgedClaim]

  public init(_ claims: [JudgedClaim]) { self.claims = claims }

  /// `3 claims: 2 supported, 1 inconclusive`
  public var summary: String {
    let counts = ClaimVerdict.allCases.compactMap { verdict -> String? in
      let count = claims.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(verdict)"
    }
    let noun = claims.count == 1 ? "claim" : "claims"
    return "\(claims.count) \(noun)" + (counts.isEmpty ? "" : ": ")
      + counts.joined(separator: ", ")
  }

  /// For the terminal: a line for each claim, then the summary.
  public var text: String { (lines + [summary]).joined(separator: "\n") + "\n" }

  /// Verdict, statement and evidence of each claim, one below the other.
  public var lines: [String] {
    let verdictWidth = ClaimVerdict.allCases.map(\.rawValue.count).max() ?? 0
    let width = claims.map { TableText.width($0.statement) }.max() ?? 0
    return claims.map { claim in
      let verdict = TableText.padded(claim.verdict.rawValue, to: verdictWidth, right: false)
      if claim.evidence.isEmpty { return "\(verdict)  \(claim.statement)" }
      let statement = TableText.padded(claim.statement, to: width, right: false)
      return "\(verdict)  \(statement)  \(claim.evidence)"
    }
  }

  /// For documents.
  public var markdown: String {
    let lines = claims.map { claim -> String in
      let cells = [claim.statement, claim.verdict.rawValue, claim.evidence].map { text in
        text.replacingScalars { $0 == "|" ? "\\|" : $0 == "\n" || $0 == "\r" ? " " : nil }
      }
      return "| \(cells.joined(separator: " | ")) |"
    }
    return (["| claim | verdict | difference |", "| --- | --- | --- |"] + lines)
      .joined(separator: "\n") + "\n"
  }
}
