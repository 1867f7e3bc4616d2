/// Distance between the student's and the teacher's map (motionenhancer.md, "squared or not", and
/// docs/mini-scale.md for the last two).
public enum AlignmentForm: String, Sendable, CaseIterable {
  /// Mean of squared differences over all entries.
  case mse
  /// The Euclidean norm of the differences, Eq. 15.
  case l2
  /// Its square, Eq. 20.
  case squaredL2 = "squared-l2"
  /// 1 - cosine between maps from which what all maps share has been taken away.
  case cosine
  /// Kullback-Leibler divergence of the student from the teacher, both as distributions.
  case kl
}

/// Scaling of both maps before the loss. Raw rows are about 1 / S, so a squared error would be
/// negligible next to the language loss.
public enum MapScale: String, Sendable, CaseIterable {
  /// Rows over their mean entry: 1 is uniform attention.
  case rowSum = "row-sum"
  case none
  /// Rows over their largest entry.
  case rowMax = "row-max"
}

/// Which text tokens of the student are aligned.
public enum AlignedRows: String, Sendable, CaseIterable {
  /// Those of the selected tokens (the paper).
  case selected
  /// The row that predicts the answer, towards the mean of the target's rows.
  case binding
}

/// The network applied to the student's map before the loss.
public enum AlignerKind: String, Sendable, CaseIterable {
  /// The paper's 3-layer network over all S entries of a row.
  case mlp
  case none
}

/// All options of the alignment loss; the defaults are those of the paper.
public struct AlignmentOptions: Sendable {
  public var form = AlignmentForm.mse
  public var scale = MapScale.rowSum
  public var rows = AlignedRows.selected
  public var aligner = AlignerKind.mlp
  /// lambda, the weight of the alignment loss.
  public var weight: Float = 1

  public init(
    form: AlignmentForm = .mse, scale: MapScale = .rowSum, rows: AlignedRows = .selected,
    aligner: AlignerKind = .mlp, weight: Float = 1
  ) {
    self.form = form
    self.scale = scale
    self.rows = rows
    self.aligner = aligner
    self.weight = weight
  }
}
