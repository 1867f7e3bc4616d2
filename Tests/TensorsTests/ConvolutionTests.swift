import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var input: [Int]
    var kernel: [Int]
    var stride = [1, 1, 1]
    var before = [0, 0, 0]
    var after = [0, 0, 0]
    var channels = 2
    var outputs = 3
    var batch = 1
    var testDescription: String {
      "\(batch) x \(channels) x \(input), kernel \(kernel), stride \(stride), "
        + "padding \(before) \(after), \(outputs) outputs"
    }
  }

  static let cases = [
    Case(input: [3, 4, 5], kernel: [3, 3, 3], before: [2, 1, 1], after: [0, 1, 1]),
    Case(input: [2, 3, 3], kernel: [1, 1, 1], batch: 2),
    Case(input: [2, 3, 9], kernel: [1, 1, 1], stride: [1, 2, 3]),
    Case(input: [4, 5, 6], kernel: [2, 3, 2], stride: [2, 2, 2]),
    Case(input: [1, 5, 6], kernel: [1, 3, 3], stride: [1, 2, 2], after: [0, 1, 1]),
    Case(input: [2, 3, 2], kernel: [1, 2, 3], before: [1, 2, 4], after: [2, 3, 5]),
    Case(input: [1, 1, 1], kernel: [1, 1, 1], channels: 1, outputs: 1),
    Case(input: [3, 1, 2], kernel: [3, 1, 2], channels: 3, outputs: 2, batch: 2),
    Case(input: [2, 2, 11], kernel: [1, 1, 3], stride: [1, 1, 2], before: [0, 0, 1]),
    Case(input: [2, 2, 2], kernel: [1, 2, 2], batch: 0),
    Case(input: [2, 2, 2], kernel: [1, 2, 2], channels: 0),
    Case(input: [2, 2, 2], kernel: [1, 2, 2], outputs: 0),
  ]

  private static func convolve(_ x: Grid, _ w: Grid, _ bias: Grid?, _ c: Case) -> Grid {
    let extents = (0..<3).map { axis -> Int in
      let room = c.input[axis] + c.before[axis] + c.after[axis] - c.kernel[axis]
      return room / c.stride[axis] + 1
    }
    return Grid([c.batch, c.outputs] + extents) { (index: [Int]) -> Double in
      let terms = Grid([c.channels] + c.kernel) { (tap: [Int]) -> Double in
        var source = [index[0], tap[0]]
        for axis in 0..<3 {
          let at = index[2 + axis] * c.stride[axis] + tap[1 + axis] - c.before[axis]
          if at < 0 || at >= c.input[axis] { return 0 }
          source.append(at)
        }
        return x[source] * w[[index[1]] + tap]
      }
      return terms.values.reduce(bias?[index[1]] ?? 0, +)
    }
  }

  @Test(arguments: cases) func conv3d(_ c: Case) throws {
    let inputs = [
      draw([c.batch, c.channels] + c.input), draw([c.outputs, c.channels] + c.kernel, 1),
      draw([c.outputs], 2),
    ]
    let stride = (c.stride[0], c.stride[1], c.stride[2])
    let padding = (0..<3).map { (before: c.before[$0], after: c.after[$0]) }
    try checkOperation(
      "conv3d", inputs, { $0[0].conv3d($0[1], $0[2], stride: stride, padding: padding) },
      reference: { Self.convolve($0[0], $0[1], $0[2], c) })
    try checkOperation(
      "conv3d without bias", Array(inputs[..<2]),
      { $0[0].conv3d($0[1], stride: stride, padding: padding) },
      reference: { Self.convolve($0[0], $0[1], nil, c) })
  }

  /// Large enough for several blocks of columns.
  @Test func severalBlocks() throws {
    let c = Case(
      input: [2, 40, 70], kernel: [3, 3, 3], before: [2, 1, 1], after: [0, 1, 1], channels: 8,
      outputs: 2)
    let (x, w) = (draw([1, 8, 2, 40, 70]), draw([2, 8, 3, 3, 3], 1))
    let padding = [(before: 2, after: 0), (before: 1, after: 1), (before: 1, after: 1)]
    let p = [Parameter(name: "x", x), Parameter(name: "w", w)]
    let y = p[0].tensor.conv3d(p[1].tensor, padding: padding)
    try compare("conv3d", y, Self.convolve(Grid(x), Grid(w), nil, c), 1e-5)
    // The product is linear in both: <dy, conv(v, w)> = <dx, v> and <dy, conv(x, v)> = <dw, v>.
    let dy = draw(y.shape, 2)
    let gradients = Gradients()
    gradients.backward(from: y, cotangent: dy)
    func dot(_ a: Grid, _ b: Grid) -> Double { zip(a.values, b.values).map(*).reduce(0, +) }
    let (v, u) = (draw(x.shape, 3), draw(w.shape, 4))
    let alongX = dot(Grid(dy), Self.convolve(Grid(v), Grid(w), nil, c))
    let alongW = dot(Grid(dy), Self.convolve(Grid(x), Grid(u), nil, c))
    #expect(abs(dot(Grid(gradients[p[0]]!), Grid(v)) - alongX) < 1e-2)
    #expect(abs(dot(Grid(gradients[p[1]]!), Grid(u)) - alongW) < 1e-2)
  }

  @Test func conv2dAndConv1d() throws {
    let plane = Case(input: [1, 4, 5], kernel: [1, 3, 2], stride: [1, 2, 1], before: [0, 1, 0])
    try checkOperation(
      "conv2d", [draw([1, 2, 4, 5]), draw([3, 2, 3, 2], 1), draw([3], 2)],
      { $0[0].conv2d($0[1], $0[2], stride: (2, 1), padding: [(1, 0), (0, 0)]) },
      reference: { x in
        let y = Self.convolve(
          Grid(shape: [1, 2, 1, 4, 5], values: x[0].values),
          Grid(shape: [3, 2, 1, 3, 2], values: x[1].values), x[2], plane)
        return Grid(shape: [1, 3, 2, 4], values: y.values)
      })
    let line = Case(
      input: [1, 1, 7], kernel: [1, 1, 3], stride: [1, 1, 2], before: [0, 0, 2], after: [0, 0, 1])
    try checkOperation(
      "conv1d", [draw([1, 2, 7]), draw([3, 2, 3], 1), draw([3], 2)],
      { $0[0].conv1d($0[1], $0[2], stride: 2, padding: (2, 1)) },
      reference: { x in
        let y = Self.convolve(
          Grid(shape: [1, 2, 1, 1, 7], values: x[0].values),
          Grid(shape: [3, 2, 1, 1, 3], values: x[1].values), x[2], line)
        return Grid(shape: [1, 3, 4], values: y.values)
      })
  }

  @Test func repeatedFirstFrames() throws {
    for count in 0...2 {
      try checkOperation(
        "padFrames", [draw([2, 1, 2, 1, 3])], { $0[0].padFrames(repeatingFirst: count) },
        reference: { x in
          Grid([2, 1, 2 + count, 1, 3]) {
            x[0][$0[0], $0[1], max(0, $0[2] - count), $0[3], $0[4]]
          }
        })
    }
  }
}
