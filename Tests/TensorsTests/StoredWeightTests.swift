import Ranks
import Tensors
import Testing

/// Weights in the type of a checkpoint.
@Suite struct StoredWeightTests {
  /// Memory that a tensor borrows.
  private final class Memory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    init(_ count: Int) { bytes = .allocate(byteCount: max(count, 1), alignment: 64) }
    deinit { bytes.deallocate() }
  }

  /// The values cut to BF16 or rounded to F16, as a checkpoint would store them.
  private func stored(_ x: Tensor, _ element: StoredElement) -> Tensor {
    let memory = Memory(x.count * element.byteCount)
    for (i, value) in x.values.enumerated() {
      switch element {
      case .float32: memory.bytes.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
      case .bfloat16:
        memory.bytes.storeBytes(
          of: UInt16(value.bitPattern >> 16), toByteOffset: 2 * i, as: UInt16.self)
      case .float16:
        memory.bytes.storeBytes(of: Float16(value), toByteOffset: 2 * i, as: Float16.self)
      }
    }
    return Tensor(
      storage: TensorStorage(
        borrowing: memory.bytes.baseAddress!, element, count: x.count, owner: memory),
      shape: x.shape)
  }

  private func with<T>(
    threads: Int, _ precision: Precision = .portable, _ body: () throws -> T
  ) rethrows -> T {
    try Workers.using(threads) { try Precision.using(precision, body) }
  }

  private func isClose(_ a: Tensor, _ b: Tensor, _ tolerance: Float) -> Bool {
    a.shape == b.shape && zip(a.values, b.values).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test(arguments: [StoredElement.float32, .bfloat16, .float16])
  func reads(_ element: StoredElement) {
    let x = draw([3, 4, 5])
    let y = stored(x, element)
    #expect(y.element == element && y.widened().element == .float32)
    #expect(isClose(x, y, 0.03))
    #expect(y.reshaped([12, 5]).element == element)
    #expect(y.widened().values == y.values)
    #expect(y.rows([2, 0, 2]).values == y.widened().rows([2, 0, 2]).values)
    #expect(y[2, 3, 4] == y.values[59])
    let kept = stored(x, element)
    _ = (kept.rows([1]), kept.values, kept.widened())
    #expect(kept.storage.widenedByteCount == 0)
    // An operation that knows float32 only makes a copy, once.
    #expect((kept + 1).values == (kept.widened() + 1).values)
    #expect(kept.storage.widenedByteCount == (element == .float32 ? 0 : 4 * 60))
  }

  @Test(
    arguments: [StoredElement.float32, .bfloat16, .float16],
    [[1, 1, 1], [3, 5, 7], [2, 9, 511], [2, 9, 512], [5, 700, 1030]])
  func linearIsThatOfTheWidenedWeight(_ element: StoredElement, sizes: [Int]) {
    let (rows, width, outputs) = (sizes[0], sizes[1], sizes[2])
    let weight = stored(draw([outputs, width], 1), element)
    func run(_ weight: Tensor) -> [Tensor] {
      let x = Parameter(name: "x", draw([rows, width], 2))
      let w = Parameter(name: "w", weight)
      let b = Parameter(name: "b", draw([outputs], 3))
      let y = x.tensor.linear(w.tensor, b.tensor)
      let gradients = Gradients()
      gradients.backward(from: y, cotangent: draw([rows, outputs], 4))
      return [y, gradients[x]!, gradients[w]!, gradients[b]!]
    }
    for (found, expected) in zip(run(weight), run(weight.widened())) {
      // Panels add up in another order than the whole product.
      let largest = expected.values.map(abs).max() ?? 0
      let worst = zip(found.values, expected.values).map { abs($0 - $1) }.max() ?? 0
      #expect(worst <= 1e-5 * largest, "\(worst) of \(largest)")
    }
    #expect(weight.storage.widenedByteCount == 0)
  }

  @Test func convolutionIsThatOfTheWidenedKernel() {
    let kernel = stored(draw([4, 3, 3, 3, 3], 1), .bfloat16)
    let x = draw([2, 3, 4, 5, 6])
    let found = x.conv3d(kernel, draw([4], 2), padding: [(2, 0), (1, 1), (1, 1)])
    let expected = x.conv3d(kernel.widened(), draw([4], 2), padding: [(2, 0), (1, 1), (1, 1)])
    let isSame = bits(found) == bits(expected)
    #expect(isSame)
    #expect(kernel.storage.widenedByteCount == 0)
  }

  /// Large products are split over panels, whatever the type; small ones keep the bits of one call.
  @Test func panelsGiveTheWholeProduct() {
    for (rows, isSplit) in [(600, true), (60, false)] {
      let (x, w) = (draw([rows, 900]), draw([1100, 900], 1))
      let whole = x.matmul(w, transposed: true)
      let found = x.linear(w)
      #expect(isClose(found, whole, 1e-3))
      let isSame = bits(found) == bits(whole)
      #expect(isSplit || isSame)
    }
  }

  @Test(arguments: Precision.allCases) func threadsChangeNoBit(_ precision: Precision) {
    let x = Parameter(name: "x", draw([600, 900]))
    let weight = stored(draw([1100, 900], 1), .bfloat16)
    func run(_ threads: Int) -> [[UInt32]] {
      with(threads: threads, precision) {
        let y = x.tensor.linear(weight, draw([1100], 2))
        let gradients = Gradients()
        gradients.backward(from: y, cotangent: draw([600, 1100], 4))
        return [bits(y), bits(gradients[x]!)]
      }
    }
    let one = run(1)
    let isSame = run(2) == one && run(7) == one
    #expect(isSame)
  }

  /// Fast products round the activations to BF16 and nothing else: half a unit in the eighth bit.
  @Test func fastRoundsActivations() {
    let (rows, width, outputs) = (7, 320, 530)
    let (x, w) = (draw([rows, width]), stored(draw([outputs, width], 1), .bfloat16))
    let exact = x.linear(w, draw([outputs], 2))
    let fast = with(threads: 1, .fast) { x.linear(w, draw([outputs], 2)) }
    let bound = x.absolute().matmul(w.widened().absolute(), transposed: true) * 0x1p-8
    let isBounded = zip(zip(exact.values, fast.values), bound.values).allSatisfy { pair, bound in
      abs(pair.0 - pair.1) <= bound + 1e-4
    }
    #expect(isBounded)
    let isNative = Precision.fast.products.hasPrefix("oneDNN")
    #expect((bits(fast) != bits(exact)) == isNative)
  }

  /// Large attention and convolutions in fast precision: near the exact ones, the same bits on any
  /// number of threads, and seen or unseen.
  @Test func fastAttentionIsNear() {
    let shape = [1, 700, 4, 64]
    let (q, k, v) = (draw(shape), draw(shape, 1), draw(shape, 2))
    for mask in [AttentionMask.none, .causal] {
      let exact = Tensor.attention(q, k, v, mask: mask)
      let fast = (1...2).map { threads in
        with(threads: threads, .fast) { Tensor.attention(q, k, v, mask: mask) }
      }
      #expect(isClose(fast[0], exact, 0.05))
      let isSame = bits(fast[0]) == bits(fast[1])
      #expect(isSame)
      var rows = [Float](repeating: 0, count: 700)
      let seen = with(threads: 2, .fast) {
        Tensor.attention(q, k, v, mask: mask) { _, head, range, weights, keys in
          guard head == 3 else { return }
          for (i, row) in range.enumerated() {
            rows[row] += (0..<keys).reduce(0) { $0 + weights[i * keys + $1] }
          }
        }
      }
      let isUnchanged = bits(seen) == bits(fast[0])
      #expect(isUnchanged)
      #expect(rows.allSatisfy { abs($0 - 1) <= 1e-5 })
    }
  }

  @Test func fastConvolutionIsNear() {
    let kernel = stored(draw([48, 32, 3, 3, 3], 1) * 0.03, .bfloat16)
    let x = draw([1, 32, 4, 64, 80])
    let padding = [(before: 2, after: 0), (before: 1, after: 1), (before: 1, after: 1)]
    let exact = x.conv3d(kernel, draw([48], 2), padding: padding)
    let fast = [1, 2, 7].map { threads in
      with(threads: threads, .fast) { x.conv3d(kernel, draw([48], 2), padding: padding) }
    }
    #expect(isClose(fast[0], exact, 0.03))
    let isSame = bits(fast[0]) == bits(fast[1]) && bits(fast[0]) == bits(fast[2])
    #expect(isSame)
    let portable = [2, 7].map { threads in
      with(threads: threads) { bits(x.conv3d(kernel, draw([48], 2), padding: padding)) }
    }
    let isPortable = portable.allSatisfy { $0 == bits(exact) }
    #expect(isPortable)
  }

  /// A row of the identity gives the activations as they were rounded.
  @Test(arguments: [
    (Float(1), Float(1)), (0x1.01p0, 0x1p0), (0x1.03p0, 0x1.04p0), (0x1.010002p0, 0x1.02p0),
    (-0x1.03p-20, -0x1.04p-20),
  ])
  func fastRoundsToEven(value: Float, expected: Float) {
    let one = stored(.full([1, 1], 1), .bfloat16)
    let found = with(threads: 1, .fast) { Tensor(shape: [1, 1], values: [value]).linear(one) }
    let isNative = Precision.fast.products.hasPrefix("oneDNN")
    #expect(found.scalar == (isNative ? expected : value))
  }
}
