/// For each sample of a resized row, the samples of the source row that it is made of.
struct ResizeWeights<Number: Sendable>: Sendable {
  /// First source sample of each output sample.
  let starts: [Int]
  /// Number of source samples of each output sample; at most `taps`.
  let counts: [Int]
  /// Weights, `[outputs, taps]`; those past an output sample's count have no meaning.
  let weights: [Number]
  let taps: Int

  /// The same samples with other weights.
  func mapped<Other>(_ transform: (Number) -> Other) -> ResizeWeights<Other> {
    ResizeWeights<Other>(
      starts: starts, counts: counts, weights: weights.map(transform), taps: taps)
  }
}

extension ResizeWeights where Number: BinaryFloatingPoint {
  /// The largest weight of all; 0 where none is positive.
  var largest: Number {
    counts.enumerated().reduce(0) { most, output in
      let start = output.offset * taps
      return max(most, weights[start..<start + output.element].max() ?? 0)
    }
  }

  /// - Parameters:
  ///   - source: samples in the row.
  ///   - target: samples in the resized row.
  init(from source: Int, to target: Int, filter: ResizeFilter) {
    let scale = Number(source) / Number(target)
    let widening = max(scale, 1)  // antialiasing: a shrunk picture's kernel spans its pixels
    let support = Number(filter.support) * widening
    let inverse = 1 / widening
    taps = Int(support.rounded(.up)) * 2 + 1
    var (starts, counts, weights) = ([Int](), [Int](), [Number]())
    weights.reserveCapacity(target * taps)
    for output in 0..<target {
      let centre = scale * (Number(output) + 0.5)
      let start = max(Int(centre - support + 0.5), 0)
      let count = min(Int(centre + support + 0.5), source) - start
      let kernel = (0..<count).map {
        filter.value(at: (Number($0 + start) - centre + 0.5) * inverse)
      }
      let total = kernel.reduce(0, +)
      starts.append(start)
      counts.append(count)
      weights += kernel.map { total == 0 ? $0 : $0 / total }
      weights += repeatElement(0, count: taps - count)
    }
    (self.starts, self.counts, self.weights) = (starts, counts, weights)
  }
}
