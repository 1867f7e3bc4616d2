/// Suggests the correct spelling of a misspelt name.
public enum Spelling {
  private static let longestName = 100

  /// The candidate nearest to `name`, or nil if none is near enough to suggest.
  ///
  /// Distance counts inserted, dropped, changed and swapped neighbouring letters; a third of the
  /// name's length may differ. Ties go to the candidate of nearest length, then to the first.
  /// If none is near, the only candidate that starts with the name is suggested.
  public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars)
    // Comparing takes the product of the lengths, and nobody misspells a page.
    guard wanted.count <= longestName else { return nil }
    let allowed = max(1, (wanted.count + 1) / 3)
    var best: (name: String, distance: Int, excess: Int)?
    for candidate in candidates.sorted()
    where candidate != name && candidate.utf8.count <= 8 * longestName {
      let letters = Array(candidate.lowercased().unicodeScalars)
      let excess = abs(letters.count - wanted.count)
      guard excess <= allowed else { continue }
      let distance = editDistance(wanted, letters)
      guard distance <= allowed, distance < wanted.count else { continue }
      if let best, (best.distance, best.excess) <= (distance, excess) { continue }
      best = (candidate, distance, excess)
    }
    if let best { return best.name }
    let longer = candidates.filter { $0 != name && $0.hasPrefix(name) }
    return wanted.count >= 3 && longer.count == 1 ? longer[0] : nil
  }

  /// "did you mean `x`?", or nil.
  public static func suggestion(
    for name: String, among candidates: some Sequence<String>
  ) -> String? {
    nearest(to: name, among: candidates).map { "did you mean `\($0)`?" }
  }

  /// Letters to insert, drop, change or swap with a neighbour to get from one word to the other.
  public static func editDistance(_ a: String, _ b: String) -> Int {
    editDistance(Array(a.unicodeScalars), Array(b.unicodeScalars))
  }

  /// Optimal string alignment distance (Levenshtein with swaps of neighbours).
  static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var current = [i + 1]
      for j in 0..<b.count {
        var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforePrevious[j - 1] + 1)
        }
        current.append(cost)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[b.count]
  }
}
