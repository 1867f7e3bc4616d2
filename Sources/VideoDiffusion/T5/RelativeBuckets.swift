import Tensors

/// T5's buckets of relative positions: near ones singly, farther ones in logarithmic ranges, each
/// direction in its own half (Raffel et al., 2020).
struct RelativeBuckets {
  private let half: Int
  private let exact: Int
  private let range: Float

  init(buckets: Int, maxDistance: Int) {
    half = buckets / 2
    exact = half / 2
    range = Float(ScalarMath.log(Double(maxDistance) / Double(exact)))
  }

  /// Bucket of a key position minus a query position. In single precision, step by step, because
  /// rounding decides where a distance lies at the border of two buckets.
  func callAsFunction(_ offset: Int) -> Int {
    let distance = abs(offset)
    let side = offset > 0 ? half : 0
    if distance < exact { return side + distance }
    let ratio = Float(ScalarMath.log(Double(Float(distance) / Float(exact))))
    return side + min(half - 1, exact + Int(ratio / range * Float(half - exact)))
  }

  /// Buckets of all pairs, `[queries * keys]` in row-major order.
  func table(_ tokens: Int) -> [Int] {
    let byOffset = (1 - tokens..<max(tokens, 1)).map { self($0) }
    return (0..<tokens).flatMap { query in
      (0..<tokens).map { byOffset[$0 - query + tokens - 1] }
    }
  }
}
