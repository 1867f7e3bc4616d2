import ArgumentParser
import Foundation

/// Prints one table of both programs' reports, and on request keeps them.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints one table of both programs' reports; keeps them where asked to.")

  @Option(name: .customLong("merepl"), help: "Report of `measure --json`, one for each round.")
  var ours: [String]

  @Option(name: .customLong("pytorch"), help: "Report of reference.py, one for each round.")
  var theirs: [String] = []

  @Option(help: "Folder for a record of both reports.")
  var record: String?

  @Option(help: "Page whose table is written anew from the record.")
  var page: String?

  @Option(help: "Day of the run, for the record.")
  var date = "undated"

  @Option(help: "Commit of the sources, for the record.")
  var commit = "unknown"

  @Flag(help: "The sources differ from the commit.")
  var changed = false

  func run() throws {
    let entry = Record(
      date: date, commit: commit, hasChanges: changed,
      merepl: try Report(medianOf: ours.map { try Report(contentsOfFile: $0) }),
      pytorch: theirs.isEmpty
        ? nil : try Report(medianOf: theirs.map { try Report(contentsOfFile: $0) }))
    let comparison = Comparison(entry)
    print(comparison.text(aligned: true))
    if let record {
      try FileManager.default.createDirectory(
        atPath: record, withIntermediateDirectories: true)
      let path = "\(record)/\(date)-\(commit.prefix(7))-\(entry.family).json"
      try Data((try Report.json(entry) + "\n").utf8).write(to: URL(filePath: path))
    }
    if let page {
      try PerformancePage(path: page, family: entry.family).replaceTable(comparison.text())
    }
  }
}

/// A run that is kept, in `Benchmarks/record`.
struct Record: Codable {
  let date: String
  let commit: String
  /// Whether the sources were not those of the commit.
  let hasChanges: Bool
  let merepl: Report
  let pytorch: Report?

  /// The instructions of merepl's kernels; records without a name are of AVX2.
  var family: String { merepl.instructions ?? "avx2" }
}

/// The page of `docs` that shows the newest record of each family of instructions.
struct PerformancePage {
  let path: String
  let family: String

  private var begin: String { "<!-- bench \(family): begin -->" }
  private var end: String { "<!-- bench \(family): end -->" }

  /// Replaces what stands between the family's two markers; the first record of a family goes after
  /// those of the others.
  func replaceTable(_ table: String) throws {
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    let new: String
    if let first = text.range(of: begin), let last = text.range(of: end),
      first.upperBound <= last.lowerBound
    {
      new = text[..<first.upperBound] + "\n" + table + "\n" + text[last.lowerBound...]
    } else if let last = text.matches(of: /<!-- bench [a-z0-9]+: end -->/).last {
      new =
        text[..<last.range.upperBound] + "\n\n\(begin)\n\(table)\n\(end)"
        + text[last.range.upperBound...]
    } else {
      throw BenchmarkError("\(path) has no \(begin) with \(end) after it")
    }
    try Data(new.utf8).write(to: URL(filePath: path))
  }
}
