/// One row of a padded batch as the models take it: without padding if that only surrounds the
/// text, otherwise complete.
public struct PaddedSample: Sendable {
  public let input: PreparedInput
  /// Where each token stood in the padded row.
  public let places: [Int]
  /// One for each token; -100 where there is none.
  public let labels: [Int]

  /// - Parameters:
  ///   - places: of the input's tokens in the row
  ///   - labels: of the whole row; none when nil
  init(_ input: PreparedInput, places: [Int], labels: [Int]?) {
    self.input = input
    self.places = places
    self.labels = places.map { labels?[$0] ?? -100 }
  }
}

/// Which tokens of a padded row a model is given.
struct RowPlaces {
  /// Ascending.
  let kept: [Int]
  /// False for padding among the kept tokens; nil where there is none.
  let visible: [Bool]?

  /// Padding is left out where nothing depends on it. A hole between tokens counts in positions and
  /// windows, and padding next to a label predicts it, so such rows are taken whole.
  /// - Parameters:
  ///   - mask: false for padding; everything is a token when nil
  ///   - labels: of the whole row; none when nil
  ///   - needsPadding: whether the padding at a place matters by itself
  init(
    count: Int, mask: [Bool]?, labels: [Int]?, needsPadding: (Int) -> Bool = { _ in false }
  ) {
    guard let mask, mask.contains(false) else {
      (kept, visible) = (Array(0..<count), nil)
      return
    }
    let tokens = (0..<count).filter { mask[$0] }
    let isConnected = !tokens.isEmpty && tokens[tokens.count - 1] - tokens[0] < tokens.count
    let predicts = (1..<max(1, count)).contains {
      labels != nil && labels![$0] != -100 && !(mask[$0] && mask[$0 - 1])
    }
    let isLeftOut =
      isConnected && !predicts && !(0..<count).contains { !mask[$0] && needsPadding($0) }
    (kept, visible) = isLeftOut ? (tokens, nil) : (Array(0..<count), mask)
  }
}
