import Experiments
import Foundation

/// The table of experiments in REPRODUCE.md, between two marks.
///
/// Times and verifications are known only on the machine that ran them; values that this machine
/// does not know are kept as long as the lock is unchanged.
public struct StatusTable {
  static let begin = "<!-- merepl status: begin -->"
  static let end = "<!-- merepl status: end -->"
  private static let heading = [
    "| experiment | lock | results | cells | state | verified | claims | time |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ]

  let experiments: [ExperimentStatus]

  public init(experiments: [ExperimentStatus]) { self.experiments = experiments }

  /// The page with its table replaced; nil where it has no marks.
  public func page(_ old: String) -> String? {
    guard let from = old.range(of: Self.begin), let to = old.range(of: Self.end),
      from.upperBound <= to.lowerBound
    else { return nil }
    let known = Self.rows(String(old[from.upperBound..<to.lowerBound]))
    let rows = experiments.map { row($0, known[$0.path]) }
    let table = (Self.heading + rows).joined(separator: "\n")
    return old[..<from.upperBound] + "\n\(table)\n" + old[to.lowerBound...]
  }

  private func row(_ status: ExperimentStatus, _ old: [String]?) -> String {
    let isSame = old.map { $0.count == 8 && $0[1] == status.lockHash } ?? false
    func kept(_ new: String?, _ column: Int) -> String {
      new ?? (isSame ? old?[column] : nil) ?? "-"
    }
    let fields = [
      status.path, status.lockHash.isEmpty ? "-" : status.lockHash, "\(status.results)",
      "\(status.cells)", status.state.rawValue, kept(status.verified, 5), status.claimText,
      kept(status.seconds.map(ProgressStep.duration), 7),
    ]
    return "| \(fields.joined(separator: " | ")) |"
  }

  /// The fields of each row by its first.
  private static func rows(_ table: String) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for line in table.split(separator: "\n") where line.hasPrefix("| ") {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
        .dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
      if let first = fields.first { result[first] = fields }
    }
    return result
  }
}
