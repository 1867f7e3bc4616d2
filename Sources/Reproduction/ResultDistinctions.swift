import Experiments

/// How results with the same command and label differ: the parts of their keys that differ, traced
/// back to where they first do.
struct ResultDistinctions {
  private var texts: [String: String] = [:]

  /// - Parameter keys: those of the results and of all that they are made from
  init(_ results: [Lockfile.Result], keys: [CacheKey]) {
    let known = Dictionary(keys.map { ($0.hash.short, $0) }) { $1 }
    let comparison = KeyComparison(before: keys, after: keys)
    for group in Dictionary(grouping: results, by: { [$0.command, $0.label] }).values {
      let members = group.sorted { $0.key < $1.key }.compactMap { known[$0.key] }
      guard members.count > 1, let first = members.first else { continue }
      var firstParts: [String] = []
      for member in members.dropFirst() {
        var parts: [String] = []
        for cause in comparison.causes(of: member, from: first) {
          Self.add(cause, cause.difference.before, to: &firstParts)
          Self.add(cause, cause.difference.after, to: &parts)
        }
        texts[member.hash.short] = parts.joined(separator: "; ")
      }
      texts[first.hash.short] = firstParts.joined(separator: "; ")
    }
  }

  func text(_ result: Lockfile.Result) -> String { texts[result.key] ?? "" }

  private static func add(
    _ cause: KeyComparison.Cause, _ value: String?, to parts: inout [String]
  ) {
    let part =
      "\(cause.commands.last ?? ""): "
      + ResultTitle.text(cause.difference.part, value ?? "not given")
    if !parts.contains(part) { parts.append(part) }
  }
}
