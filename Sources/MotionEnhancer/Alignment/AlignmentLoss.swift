import Tensors
import Video

/// `L_MSE` of the paper and its named variants.
public struct AlignmentLoss: Sendable {
  public let options: AlignmentOptions
  public let aligner: Aligner?
  /// What all targets of the fine-tuning set share, `[S]`; the cosine form takes it away.
  private let commonMap: Tensor?

  /// - Parameter targets: all targets of the fine-tuning set; nil where nothing is aligned
  public init(
    _ options: AlignmentOptions, targets: ClipSequence<AlignmentTarget>?, key: StreamKey
  ) throws {
    self.options = options
    guard let targets, targets.count > 0 else {
      (aligner, commonMap) = (nil, nil)
      return
    }
    let width = try targets[0].grid.count
    aligner = options.aligner == .mlp && width > 0 ? try Aligner(width: width, key: key) : nil
    commonMap = options.form == .cosine ? try Self.mean(targets, width: width) : nil
  }

  private static func mean(
    _ targets: ClipSequence<AlignmentTarget>, width: Int
  ) throws -> Tensor {
    var sum = [Double](repeating: 0, count: width)
    var rows = 0
    try targets.visit { _, target in
      let values = distribution(target.rows).values
      for (place, value) in values.enumerated() { sum[place % width] += Double(value) }
      rows += target.rows.shape[0]
    }
    return Tensor(shape: [sum.count], values: sum.map { Float($0 / Double(max(rows, 1))) })
  }

  /// - Parameters:
  ///   - student: `[rows, S]` on the teacher's grid
  ///   - teacher: `[rows, S]`
  /// - Returns: `[]`, the mean over the rows
  public func callAsFunction(student: Tensor, teacher: Tensor) -> Tensor {
    let rows = Float(max(student.shape[0], 1))
    switch options.form {
    case .mse, .l2, .squaredL2:
      let mapped = scaled(student)
      let difference = (aligner.map { $0(mapped) } ?? mapped) - scaled(teacher)
      switch options.form {
      case .mse: return difference.squared().mean()
      case .l2: return difference.norm() / rows
      default: return difference.squared().sum() / rows
      }
    case .cosine:
      let mapped = aligner.map { $0(Self.distribution(student)) } ?? Self.distribution(student)
      let a = mapped - mapped.mean(axes: [1], keepingAxes: true)
      let target = Self.distribution(teacher)
      let b = commonMap.map { target - $0 } ?? target
      let centred = b - b.mean(axes: [1], keepingAxes: true)
      let product = (a * centred).sum(axes: [1])
      let norms =
        (a.squared().sum(axes: [1]) + 1e-12).squareRoot()
        * (centred.squared().sum(axes: [1]) + 1e-12).squareRoot()
      return 1 - (product / norms).mean()
    case .kl:
      let mapped = aligner.map { $0(Self.distribution(student)).softmax() }
      let q = mapped ?? Self.distribution(student)
      let p = Self.distribution(teacher)
      return (p * ((p + 1e-9).log() - (q + 1e-9).log())).sum() / rows
    }
  }

  private func scaled(_ rows: Tensor) -> Tensor {
    switch options.scale {
    case .none: return rows
    case .rowSum: return Self.distribution(rows) * Float(rows.shape[1])
    case .rowMax:
      let isPeak = Tensor(shape: rows.shape) { out in
        for (row, peak) in rows.argmax().enumerated() {
          for column in 0..<rows.shape[1] {
            out[row * rows.shape[1] + column] = column == peak ? 1 : 0
          }
        }
      }
      return rows / ((rows * isPeak).sum(axes: [1], keepingAxes: true) + 1e-12)
    }
  }

  /// Rows that sum to 1.
  private static func distribution(_ rows: Tensor) -> Tensor {
    rows / (rows.sum(axes: [1], keepingAxes: true) + 1e-12)
  }
}

extension Tensor {
  fileprivate static func - (a: Float, b: Tensor) -> Tensor { -b + a }
}
