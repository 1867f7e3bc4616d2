/// A row of a padded batch without its padding, as the models take it.
public struct PaddedSample: Sendable {
  public let input: PreparedInput
  /// Where each token stood in the padded row.
  public let places: [Int]
  /// One for each token; -100 where there is none.
  public let labels: [Int]

  /// Where the tokens of a row stand.
  /// - Parameter mask: false for padding; everything is a token when nil
  static func places(in ids: [Int], mask: [Bool]?) -> [Int] {
    ids.indices.filter { mask?[$0] ?? true }
  }

  /// - Parameters:
  ///   - places: of the input's tokens in the row
  ///   - labels: of the whole row; none when nil
  init(_ input: PreparedInput, places: [Int], labels: [Int]?) {
    self.input = input
    self.places = places
    self.labels = places.map { labels?[$0] ?? -100 }
  }
}
