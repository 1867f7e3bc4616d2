import Ranks
import Tensors

/// The speed of matrix products: of the linear layers of the mini VDM at the rows of one sample (12
/// text and 180 vision tokens), and of the same products by OpenBLAS alone. One thread.
struct LinearWorkload {
  private static let rows = 192
  private static let shapes = [(128, 128), (128, 512), (512, 128)]
  private static let peakExtent = 768

  /// One layer with the gradient of its output.
  private struct Layer {
    let input: Parameter  // [rows, in]
    let weight: Parameter  // [out, in]
    let bias: Parameter  // [out]
    let cotangent: Tensor  // [rows, out]

    init(_ inputs: Int, _ outputs: Int) {
      let key = MiniModels.key.child("linear \(inputs) \(outputs)")
      func draw(_ label: String, _ shape: [Int]) -> Parameter {
        Parameter(name: label, .normal(shape, key: key.child(label)))
      }
      input = draw("input", [LinearWorkload.rows, inputs])
      weight = draw("weight", [outputs, inputs])
      bias = draw("bias", [outputs])
      cotangent = .normal([LinearWorkload.rows, outputs], key: key.child("cotangent"))
    }

    var inputs: Int { weight.shape[1] }
    var outputs: Int { weight.shape[0] }
    /// Of each of the three products.
    var operations: Double { 2 * Double(LinearWorkload.rows * inputs * outputs) }

    /// `x W^T + b`, `[rows, out]`; with gradients for the parameters that are trainable.
    func forward() -> Tensor { input.tensor.linear(weight.tensor, bias.tensor) }

    /// The output with history for gradients of the input, or of weight and bias, alone.
    func recorded(inputGradient: Bool) -> Tensor {
      input.isTrainable = inputGradient
      weight.isTrainable = !inputGradient
      bias.isTrainable = !inputGradient
      return forward()
    }

    func backward(from output: Tensor) -> Gradients {
      let sink = Gradients()
      sink.backward(from: output, cotangent: cotangent)
      return sink
    }
  }

  func measure(repeats: Int) throws -> [Measurement] {
    Workers.defaultCount = 1
    var measurements = Self.peer(repeats: repeats)
    var operations = 0.0
    var sums = (median: 0.0, minimum: 0.0)
    for (inputs, outputs) in Self.shapes {
      let layer = Layer(inputs, outputs)
      try check(layer)
      for (product, timing) in times(layer, repeats: repeats) {
        measurements.append(
          .rate(
            .linear, variant: "\(inputs) -> \(outputs), \(product)", unit: "GFLOP/s",
            amount: layer.operations / 1e9, threads: 1, timing))
        operations += layer.operations
        sums = (sums.median + timing.median, sums.minimum + timing.minimum)
      }
    }
    measurements.append(
      Measurement(
        workload: .linear, variant: "all", unit: "GFLOP/s", threads: 1,
        median: operations / sums.median / 1e9, best: operations / sums.minimum / 1e9,
        repeats: repeats))
    return measurements
  }

  /// OpenBLAS's products of the same shapes, and of a large square.
  private static func peer(repeats: Int) -> [Measurement] {
    func timing(_ rows: Int, _ width: Int, _ outputs: Int) -> (operations: Double, Timing) {
      let key = MiniModels.key.child("peer \(width) \(outputs)")
      let x = Tensor.normal([rows, width], key: key.child("x")).values
      let w = Tensor.normal([outputs, width], key: key.child("w")).values
      var out = [Float](repeating: 0, count: rows * outputs)
      let operations = 2 * Double(rows * width * outputs)
      return (
        operations,
        Timing.measure(repeats: repeats, inner: max(1, Int(3e8 / operations))) {
          OpenBLAS.multiply(x, w, into: &out, rows: rows, width: width, outputs: outputs)
        }
      )
    }
    let square = timing(peakExtent, peakExtent, peakExtent)
    let layers = shapes.map { timing(rows, $0.0, $0.1) }
    let operations = layers.reduce(0) { $0 + $1.operations }
    return [
      .rate(
        .libraryProducts, variant: "OpenBLAS, 768 x 768 x 768", unit: "GFLOP/s",
        amount: square.operations / 1e9, threads: 1, square.1),
      Measurement(
        workload: .libraryProducts, variant: "OpenBLAS, linear layers", unit: "GFLOP/s",
        threads: 1, median: operations / layers.reduce(0) { $0 + $1.1.median } / 1e9,
        best: operations / layers.reduce(0) { $0 + $1.1.minimum } / 1e9, repeats: repeats),
    ]
  }

  /// Runs a measurement between two short ones of products.
  static func beside(_ measure: () throws -> Measurement) throws -> Measurement {
    let threads = Workers.defaultCount
    let key = MiniModels.key.child("rate")
    let x = Tensor.normal([rows, 512], key: key.child("x"))
    let w = Tensor.normal([128, 512], key: key.child("w"))
    func rate() -> Double {
      Workers.defaultCount = 1
      let timing = withoutGradients { Timing.measure(repeats: 15, inner: 20) { _ = x.linear(w) } }
      return 2 * Double(rows * 512 * 128) / timing.median / 1e9
    }
    let before = rate()
    Workers.defaultCount = threads
    var measurement = try measure()
    measurement.productRate = (before + rate()) / 2
    return measurement
  }

  private func times(_ layer: Layer, repeats: Int) -> [(product: String, timing: Timing)] {
    let forward = withoutGradients {
      Timing.measure(repeats: repeats, inner: 50) { _ = layer.forward() }
    }
    func backward(inputGradient: Bool) -> Timing {
      let output = layer.recorded(inputGradient: inputGradient)
      return Timing.measure(repeats: repeats, inner: 50) { _ = layer.backward(from: output) }
    }
    return [
      ("forward", forward), ("gradient of the input", backward(inputGradient: true)),
      ("gradients of weight and bias", backward(inputGradient: false)),
    ]
  }

  // MARK: - Results

  /// Compares elements of all three products with plain loops in double precision.
  private func check(_ layer: Layer) throws {
    let (rows, inputs, outputs) = (Self.rows, layer.inputs, layer.outputs)
    let (x, w, b) = (layer.input.data, layer.weight.data, layer.bias.data)
    let dy = layer.cotangent
    try compare("linear forward", withoutGradients { layer.forward() }) { row, column in
      Double(b[column])
        + (0..<inputs).reduce(0) { $0 + Double(x[row, $1]) * Double(w[column, $1]) }
    }
    let dx = layer.backward(from: layer.recorded(inputGradient: true))[layer.input]
    try compare("gradient of the input", dx) { row, column in
      (0..<outputs).reduce(0) { $0 + Double(dy[row, $1]) * Double(w[$1, column]) }
    }
    let sink = layer.backward(from: layer.recorded(inputGradient: false))
    try compare("gradient of the weight", sink[layer.weight]) { row, column in
      (0..<rows).reduce(0) { $0 + Double(dy[$1, row]) * Double(x[$1, column]) }
    }
    try compare("gradient of the bias", sink[layer.bias]?.reshaped([1, outputs])) { _, column in
      (0..<rows).reduce(0) { $0 + Double(dy[$1, column]) }
    }
  }

  private func compare(
    _ what: String, _ result: Tensor?, _ plain: (_ row: Int, _ column: Int) -> Double
  ) throws {
    guard let result else { throw BenchmarkError("\(what): there is none") }
    for index in stride(from: 0, to: result.count, by: max(1, result.count / 40)) {
      let (row, column) = (index / result.shape[1], index % result.shape[1])
      try BenchmarkError.require(
        "\(what), element [\(row), \(column)]", Double(result[row, column]),
        equals: plain(row, column), within: 1e-4)
    }
  }
}
