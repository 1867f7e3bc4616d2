import Tensors

/// The result of one pass over a sample: hidden states, from which logits are computed for the rows
/// that need them.
public struct ForwardPass: Sendable {
  /// Rows of the sequence that went through the last layer, ascending.
  public let rows: [Int]
  /// `[rows, width]`, after the last normalisation.
  public let hidden: Tensor
  public let layout: SequenceLayout
  let unembedding: Tensor

  /// - Returns: `[rows, vocabulary]`
  public func logits() -> Tensor { hidden.linear(unembedding) }

  /// Logits of some rows of the sequence, in the order given.
  /// - Returns: `[wanted, vocabulary]`
  public func logits(atRows wanted: [Int]) -> Tensor {
    if wanted == rows { return logits() }
    return hidden.rows(wanted.map(place)).linear(unembedding)
  }

  /// Mean cross-entropy of the labels, each predicted by the row before it. Only rows with a
  /// label meet the vocabulary.
  /// - Parameter labels: one for each token of the sequence; -100 where there is none.
  /// - Returns: `[]`; NaN where there is no label at all, as in the reference library.
  public func loss(labels: [Int]) -> Tensor {
    precondition(
      labels.count == layout.positions.count,
      "\(labels.count) labels for \(layout.positions.count) tokens")
    let predicting = ForwardPass.rowsPredicting(labels)
    return logits(atRows: predicting).crossEntropy(targets: predicting.map { labels[$0 + 1] })
  }

  /// Rows that predict a label: those before a label other than -100.
  public static func rowsPredicting(_ labels: [Int]) -> [Int] {
    labels.indices.dropLast().filter { labels[$0 + 1] != -100 }
  }

  private func place(_ row: Int) -> Int {
    if rows.count == layout.positions.count { return row }
    guard let place = rows.firstIndex(of: row) else {
      preconditionFailure("row \(row) was not computed; the pass has rows \(rows)")
    }
    return place
  }
}
