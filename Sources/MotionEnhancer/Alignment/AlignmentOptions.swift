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

/// Scale of both maps before the distance. Raw rows are about 1 / S, where a squared error cannot
/// be seen beside the language loss.
public enum MapScale: String, Sendable, CaseIterable {
  /// Rows over their mean entry: 1 is uniform attention.
  case rowSum = "row-sum"
  case none
  /// Rows over their largest entry.
  case rowMax = "row-max"
}

/// Which rows of the student are aligned.
public enum AlignedRows: String, Sendable, CaseIterable {
  /// Those of the selected tokens (the paper).
  case selected
  /// The row that predicts the answer, towards the mean of the target's rows.
  case binding
}

/// What stands between the student's map and the distance.
public enum AlignerKind: String, Sendable, CaseIterable {
  /// The paper's 3-layer network over all S entries of a row.
  case mlp
  case none
}

/// The alignment loss as a whole; the defaults are the paper's text.
public struct AlignmentOptions: Sendable {
  public var form = AlignmentForm.mse
  public var scale = MapScale.rowSum
  public var rows = AlignedRows.selected
  public var aligner = AlignerKind.mlp
  /// lambda, the weight beside the language loss.
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
