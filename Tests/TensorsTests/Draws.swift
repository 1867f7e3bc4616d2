import Tensors

/// Standard normal test data, different for each `index`.
func draw(_ shape: [Int], _ index: Int = 0) -> Tensor {
  .normal(shape, key: StreamKey(seed: 7, command: "tests", index: index))
}

/// Test data of magnitude 0.25 to 1.75 and random sign, away from the kinks and poles at 0.
func drawAwayFromZero(_ shape: [Int], _ index: Int = 0) -> Tensor {
  let key = StreamKey(seed: 8, command: "tests", index: index)
  let values = Tensor.uniform(shape, in: -1.5...1.5, key: key).values
  return Tensor(shape: shape, values: values.map { $0 < 0 ? $0 - 0.25 : $0 + 0.25 })
}

func bits(_ tensor: Tensor) -> [UInt32] { tensor.values.map(\.bitPattern) }
