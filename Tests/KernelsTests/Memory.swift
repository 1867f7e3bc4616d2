import Kernels

func storage(_ values: [Float]) -> TensorStorage {
  let result = TensorStorage(uninitialized: values.count)
  result.copy(values)
  return result
}

/// Numbers without pattern, the same on every run.
func numbers(_ count: Int, _ seed: UInt64 = 1) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) * 0x1p-23 - 1
  }
}

extension TensorStorage {
  var bits: [UInt32] { values.map(\.bitPattern) }
}

/// Ranges that cover `0..<count` in pieces of some length, the last first.
func pieces(_ count: Int, of length: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }.reversed()
}
