import Capture
import Tensors

/// Activations of the texts of a padded batch, each text's in its own row and at its own places.
/// Padding that was left out has zeros, and its queries attend to all keys alike.
final class PaddedActivations {
  private let batch: Int
  private let tokens: Int
  private var padded: [ActivationPoint: TensorBuilder] = [:]
  private var whole: [(point: ActivationPoint, activation: Tensor)] = []

  init(batch: Int, tokens: Int) {
    self.batch = batch
    self.tokens = tokens
  }

  /// A probe for one text.
  /// - Parameters:
  ///   - row: of the batch
  ///   - places: of the text's tokens in that row
  func probe(_ selection: ActivationSelection, row: Int, places: [Int]) -> Probe {
    let isWhole = batch == 1 && places.count == tokens
    return Probe(selection) { point, activation in
      // The vision tower knows no padding.
      if isWhole || point.components.first == "vision" {
        self.whole.append((point, activation.detached()))
      } else {
        self.write(activation, at: point, row: row, places: places)
      }
    }
  }

  /// Hands over what there is.
  func move(to activations: CollectedActivations) {
    for (point, activation) in whole { activations.add(activation, at: point) }
    whole = []
    for (point, builder) in padded { activations.add(builder.tensor(), at: point) }
    padded = [:]
  }

  private func isPadded(_ axis: ActivationPoint.Axis) -> Bool {
    [.tokens, .queries, .keys].contains(axis.label)
  }

  /// The configuration fixes all extents of a decoder's activations but batch and tokens.
  private func shape(_ point: ActivationPoint) -> [Int] {
    point.axes.map { $0.label == .batch ? batch : $0.extent ?? tokens }
  }

  /// Zeros; where keys are last, rows that sum to 1.
  private func empty(_ point: ActivationPoint) -> TensorBuilder {
    TensorBuilder(
      shape(point), filledWith: point.axes.last?.label == .keys ? 1 / Float(tokens) : 0)
  }

  /// Copies line by line of the last axis.
  private func write(_ activation: Tensor, at point: ActivationPoint, row: Int, places: [Int]) {
    let (target, values) = (padded[point] ?? empty(point), activation.values)
    padded[point] = target
    let (strides, ownStrides) = (target.shape.rowMajorStrides, activation.shape.rowMajorStrides)
    let last = activation.rank - 1
    let placesOfLast =
      isPadded(point.axes[last]) ? places : Array(0..<activation.shape[last])
    func copy(_ axis: Int, to start: Int, from: Int) {
      guard axis < last else {
        let extent = target.shape[last]
        return target.write(start..<start + extent) { line in
          line.fill(0..<extent, with: 0)
          for (index, place) in placesOfLast.enumerated() { line[place] = values[from + index] }
        }
      }
      for index in 0..<activation.shape[axis] {
        let place = isPadded(point.axes[axis]) ? places[index] : index
        copy(axis + 1, to: start + place * strides[axis], from: from + index * ownStrides[axis])
      }
    }
    copy(1, to: row * strides[0], from: 0)
  }
}
