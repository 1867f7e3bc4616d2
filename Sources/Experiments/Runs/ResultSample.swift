import Canonical

/// Chooses the results that a reviewer recomputes.
///
/// The reviewer picks the nonce after the lock is published, so its author cannot know which
/// results will be checked.
public enum ResultSample {
  /// Parses a fraction: `5%` or `0.05`.
  public static func share(_ text: String) -> Double? {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
    let share = isPercent ? number / 100 : number
    return share > 0 && share <= 1 ? share : nil
  }

  /// `share` of the keys, rounded up: those whose SHA-256 together with the nonce is smallest.
  public static func choose(
    _ keys: some Sequence<ContentHash>, share: Double, nonce: String
  ) -> Set<ContentHash> {
    let all = Set(keys)
    let count = min(all.count, Int((Double(all.count) * share).rounded(.up)))
    let ranked = all.map { key in
      var encoder = CanonicalEncoder()
      encoder.encode(nonce)
      encoder.encode(key.hex)
      return (encoder.digest, key)
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    return Set(ranked.prefix(count).map(\.1))
  }
}
