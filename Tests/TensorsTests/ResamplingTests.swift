import Tensors
import TestSupport
import Testing

@Suite struct ResamplingTests {
  private static let blocks = [[1, 1, 1], [2, 1, 1], [1, 2, 2], [2, 3, 2]]

  @Test(arguments: blocks) func upsampling(_ block: [Int]) throws {
    for shape in [[2, 3, 4], [2, 1, 2, 3], [1, 1, 1], [0, 2, 2], [1, 2, 9]] {
      let lead = Array(shape.dropLast(3))
      let fine = zip(shape.suffix(3), block).map { $0 * $1 }
      try checkOperation(
        "upsampledNearest \(block)", [draw(shape)],
        { $0[0].upsampledNearest(frames: block[0], height: block[1], width: block[2]) },
        reference: { x in
          Grid(lead + fine) { index in
            x[0][index.dropLast(3) + (0..<3).map { index[lead.count + $0] / block[$0] }]
          }
        })
    }
  }

  @Test(arguments: blocks) func pooling(_ block: [Int]) throws {
    for shape in [[2, 3, 4], [2, 4, 6, 6], [3, 5, 7], [2, 3, 17]] {
      let lead = Array(shape.dropLast(3))
      let coarse = zip(shape.suffix(3), block).map { $0 / $1 }
      try checkOperation(
        "averagePooled \(block)", [draw(shape)],
        { $0[0].averagePooled(frames: block[0], height: block[1], width: block[2]) },
        reference: { x in
          Grid(lead + coarse) { index in
            let cell = Grid(block) { offset in
              x[0][
                index.dropLast(3) + (0..<3).map { index[lead.count + $0] * block[$0] + offset[$0] }]
            }
            return cell.values.reduce(0, +) / Double(cell.values.count)
          }
        })
    }
  }

  /// The rule of `torch.nn.functional.interpolate(mode="trilinear", align_corners=False)`.
  private static func interpolate(_ x: Grid, to extents: [Int]) -> Grid {
    let lead = x.shape.count - 3
    func taps(_ axis: Int, _ i: Int) -> [(Int, Double)] {
      let length = x.shape[lead + axis]
      let ratio = Double(length) / Double(extents[axis])
      let position = max(0, (Double(i) + 0.5) * ratio - 0.5)
      let low = min(Int(position), length - 1)
      let weight = position - Double(low)
      return [(low, 1 - weight), (min(low + 1, length - 1), weight)]
    }
    return Grid(Array(x.shape.prefix(lead)) + extents) { index in
      var sum = 0.0
      for (t, wt) in taps(0, index[lead]) {
        for (h, wh) in taps(1, index[lead + 1]) {
          for (w, ww) in taps(2, index[lead + 2]) {
            sum += wt * wh * ww * x[index.prefix(lead) + [t, h, w]]
          }
        }
      }
      return sum
    }
  }

  @Test func linearResizing() throws {
    for extents in [[2, 3, 4], [1, 1, 1], [4, 6, 8], [3, 2, 9], [5, 7, 3]] {
      for shape in [[2, 3, 4], [2, 1, 2, 3], [1, 5, 11]] {
        try checkOperation(
          "resized to \(extents)", [draw(shape)],
          { $0[0].resized(frames: extents[0], height: extents[1], width: extents[2]) },
          reference: { Self.interpolate($0[0], to: extents) })
      }
    }
  }

  /// Values computed with PyTorch 2.15: `interpolate(arange(4.).view(1, 1, 4), size=6)` and 3.
  @Test func agreesWithTheReferenceLibrary() {
    let x = Tensor(shape: [1, 1, 4], values: [0, 1, 2, 3])
    let wide = x.resized(frames: 1, height: 1, width: 6).values
    for (a, b) in zip(wide, [0, 0.5, 1.166_666_6, 1.833_333_4, 2.5, 3] as [Float]) {
      #expect(abs(a - b) < 1e-6)
    }
    let narrow = x.resized(frames: 1, height: 1, width: 3).values
    for (a, b) in zip(narrow, [0.166_666_7, 1.5, 2.833_333] as [Float]) {
      #expect(abs(a - b) < 1e-6)
    }
  }
}
