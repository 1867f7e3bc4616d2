import Foundation
import Tensors

/// The inputs of the benchmarks, and plain loops that say what the results should be.
struct Kernels {
  /// A kernel that gave something else than the plain loop.
  struct Mismatch: Error, CustomStringConvertible {
    let kernel: String
    let index: Int
    let found: Float
    let wanted: Double

    var description: String {
      "\(kernel): element \(index) is \(found), the plain loop gives \(wanted)"
    }
  }

  let square = Kernels.draw([512, 512], "square")
  let rows = Kernels.draw([2304, 128], "rows")
  let weight = Kernels.draw([512, 128], "weight")
  let query = Kernels.draw([1, 320, 8, 16], "query")  // [batch, queries, heads, headDim]
  let key = Kernels.draw([1, 320, 8, 16], "key")
  let value = Kernels.draw([1, 320, 8, 16], "value")
  let logits = Kernels.draw([2560, 320], "logits")
  let volume = Kernels.draw([1, 32, 5, 24, 24], "volume")  // [batch, channels, frames, h, w]
  let filter = Kernels.draw([32, 32, 3, 3, 3], "filter")
  let padding: [(before: Int, after: Int)] = [(2, 0), (1, 1), (1, 1)]

  /// A tensor of normal draws, with its values at hand for the plain loops.
  struct Drawn {
    let tensor: Tensor
    let values: [Float]
  }

  private static func draw(_ shape: [Int], _ label: String) -> Drawn {
    let tensor = Tensor.normal(shape, key: StreamKey(seed: 0, command: "benchmark", label: label))
    return Drawn(tensor: tensor, values: tensor.values)
  }

  /// Compares some elements of every result with plain loops in double precision.
  func check() throws {
    try withoutGradients {
      try compare("product", square.tensor.matmul(square.tensor)) { index in
        dot(512) { square.values[index / 512 * 512 + $0] * square.values[$0 * 512 + index % 512] }
      }
      try compare("linear", rows.tensor.linear(weight.tensor)) { index in
        dot(128) { rows.values[index / 512 * 128 + $0] * weight.values[index % 512 * 128 + $0] }
      }
      try compare("softmax", logits.tensor.softmax()) { index in
        softmax(Array(logits.values[index / 320 * 320..<(index / 320 + 1) * 320]))[index % 320]
      }
      try compare(
        "attention", Tensor.attention(query.tensor, key.tensor, value.tensor), attention)
      try compare(
        "convolution", volume.tensor.conv3d(filter.tensor, padding: padding), convolution)
    }
  }

  private func compare(
    _ kernel: String, _ result: Tensor, _ reference: (Int) -> Double
  ) throws {
    let values = result.values
    for index in stride(from: 0, to: values.count, by: max(1, values.count / 50)) {
      let wanted = reference(index)
      // Written so that NaN fails.
      if !(abs(Double(values[index]) - wanted) <= 1e-4 * max(1, abs(wanted))) {
        throw Mismatch(kernel: kernel, index: index, found: values[index], wanted: wanted)
      }
    }
  }

  private func dot(_ count: Int, _ term: (Int) -> Float) -> Double {
    (0..<count).reduce(0) { $0 + Double(term($1)) }
  }

  private func softmax(_ row: [Float]) -> [Double] {
    let top = Double(row.max() ?? 0)
    let powers = row.map { exp(Double($0) - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private func attention(_ index: Int) -> Double {
    let (token, head, lane) = (index / 128, index / 16 % 8, index % 16)
    let scores = (0..<320).map { other -> Float in
      let (mine, its) = (token * 128 + head * 16, other * 128 + head * 16)
      return Float(dot(16) { query.values[mine + $0] * key.values[its + $0] } / 4)
    }
    let weights = softmax(scores)
    return (0..<320).reduce(0) {
      $0 + weights[$1] * Double(value.values[$1 * 128 + head * 16 + lane])
    }
  }

  private func convolution(_ index: Int) -> Double {
    let (out, frame) = (index / 2880, index / 576 % 5)
    let (y, x) = (index / 24 % 24, index % 24)
    var sum = 0.0
    for channel in 0..<32 {
      for (t, dy, dx) in offsets {
        let (f, row, column) = (frame + t - 2, y + dy - 1, x + dx - 1)
        guard f >= 0, (0..<24).contains(row), (0..<24).contains(column) else { continue }
        let weight = filter.values[((out * 32 + channel) * 3 + t) * 9 + dy * 3 + dx]
        sum += Double(weight) * Double(volume.values[((channel * 5 + f) * 24 + row) * 24 + column])
      }
    }
    return sum
  }

  private var offsets: [(Int, Int, Int)] {
    (0..<27).map { ($0 / 9, $0 / 3 % 3, $0 % 3) }
  }
}
