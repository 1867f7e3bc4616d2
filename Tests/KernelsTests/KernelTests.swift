import Kernels
import Testing

/// A kernel works on a range; any ranges that cover the work give the bits of the whole.
@Suite struct KernelTests {
  @Test func elementwiseOverRanges() {
    let count = 77
    let (x, y) = (storage(numbers(count, 1)), storage(numbers(count, 2)))
    for operation in [PairOperation.sum, .difference, .product, .negativeProduct, .quotient] {
      let (whole, parts) = (
        TensorStorage(uninitialized: count), TensorStorage(uninitialized: count)
      )
      Elementwise.combine(operation, x, y, into: whole, 0..<count)
      for range in pieces(count, of: 13) {
        Elementwise.combine(operation, x, y, into: parts, range)
      }
      #expect(whole.bits == parts.bits, "\(operation)")
    }
    let quotients = TensorStorage(uninitialized: count)
    Elementwise.combine(.quotient, x, y, into: quotients, 0..<count)
    #expect(quotients.values == zip(x.values, y.values).map { $0 / $1 })
  }

  @Test func curvesOverRanges() {
    let count = 61
    let x = storage(numbers(count).map { $0 * 3 })
    let curves: [Curve] = [
      .exp, .tanh, .erf, .sine, .cosine, .square, .sigmoid, .silu, .mish, .relu, .magnitude,
      .gelu, .tanhGELU,
    ]
    for curve in curves {
      let (whole, parts) = (
        TensorStorage(uninitialized: count), TensorStorage(uninitialized: count)
      )
      curve.apply(x, into: whole, 0..<count)
      for range in pieces(count, of: 9) { curve.apply(x, into: parts, range) }
      #expect(whole.bits == parts.bits, "\(curve)")
    }
  }

  /// Index arithmetic of broadcasting against the definition, run by run.
  @Test func broadcastRuns() {
    let shapes: [([Int], [Int])] = [
      ([2, 3, 4], [3, 1]), ([1], [5]), ([], [2, 2]), ([2, 1, 3], [1, 4, 1]), ([0, 3], [1, 3]),
      ([4, 3], [4, 3]), ([2, 3, 4, 5], [2, 1, 4, 1]),
    ]
    for (a, b) in shapes {
      let plan = Broadcast(a, b)
      let (x, y) = (numbers(a.product, 1), numbers(b.product, 2))
      let out = TensorStorage(uninitialized: plan.shape.product)
      for runs in pieces(plan.runs, of: 2) {
        plan.combine(.difference, storage(x), storage(y), into: out, runs: runs)
      }
      let wanted = (0..<plan.shape.product).map { index in
        x[place(index, plan.shape, a)] - y[place(index, plan.shape, b)]
      }
      #expect(out.values == wanted, "\(a) and \(b)")
      let sum = storage([Float](repeating: 0, count: b.product))
      Broadcast(plan.shape, b).reduce(out, addingTo: sum)
      var sums = [Float](repeating: 0, count: b.product)
      for (index, value) in wanted.enumerated() { sums[place(index, plan.shape, b)] += value }
      for (found, right) in zip(sum.values, sums) { #expect(abs(found - right) <= 1e-5) }
    }
  }

  /// Where the element of a broadcast shape comes from.
  private func place(_ index: Int, _ shape: [Int], _ own: [Int]) -> Int {
    var (rest, result, step) = (index, 0, 1)
    for axis in shape.indices.reversed() {
      let at = rest % shape[axis]
      rest /= shape[axis]
      let mine = axis - (shape.count - own.count)
      if mine >= 0 {
        result += own[mine] == 1 ? 0 : at * step
        step *= own[mine]
      }
    }
    return result
  }

  @Test func rowsInTwoTensors() {
    let (rows, width) = (4, 3)
    let x = storage((0..<rows * 5).map(Float.init))
    let out = storage([Float](repeating: -1, count: 2 + rows * 4))
    let copy = RowCopy(source: (1, 5), target: (2, 4))
    copy.copy(x, to: out, rows: 0..<2, 0..<width)
    copy.copy(x, to: out, rows: 2..<rows, 0..<1)
    copy.copy(x, to: out, rows: 2..<rows, 1..<width)
    var wanted: [Float] = [-1, -1]
    for row in 0..<rows {
      for column in 0..<width { wanted.append(Float(1 + row * 5 + column)) }
      wanted.append(-1)
    }
    #expect(out.values == wanted)
    copy.accumulate(x, onto: out, rows: 1..<2, width: width)
    #expect(Array(out.values[6..<10]) == [12, 14, 16, -1])
  }

  /// Exponentials that were kept and those that are computed again give the same gradients, also
  /// where a block on the way back reaches further than one on the way there.
  @Test func keptExponentialsChangeNoBit() throws {
    let (batch, tokens, heads, headDim) = (2, 70, 4, 8)
    for mask in [AttentionPlan.Mask.none, .causal] {
      let plan = AttentionPlan(
        batch: batch, queries: tokens, keys: tokens, heads: heads, keyHeads: 2, headDim: headDim,
        scale: 0.4, mask: mask)
      let (q, dy) = (numbers(batch * tokens * heads * headDim, 1), batch * tokens * heads * headDim)
      let count = batch * tokens * 2 * headDim
      let (k, v) = (storage(numbers(count, 2)), storage(numbers(count, 3)))
      let kept = try #require(KeptExponentials(plan))
      let gradients = [kept, nil].map { kept in
        let out = TensorStorage(uninitialized: q.count)
        plan.mix(storage(q), k, v, pages: 0..<plan.pages, into: out, keeping: kept) { _ in nil }
        let dq = TensorStorage(uninitialized: q.count)
        let (dk, dv) = (
          storage([Float](repeating: 0, count: count)), storage([Float](repeating: 0, count: count))
        )
        plan.backward(
          storage(q), k, v, output: out, gradient: storage(numbers(dy, 4)), kept: kept, dq: dq,
          dk: dk, dv: dv)
        return out.bits + dq.bits + dk.bits + dv.bits
      }
      #expect(gradients[0] == gradients[1], "\(mask)")
    }
  }

  @Test func productsInPieces() {
    let product = WeightProduct(rows: 5, width: 530, outputs: 1030)
    #expect(product.outputPanels == 3 && product.inputPanels == 2)
    let (x, w) = (storage(numbers(5 * 530, 1)), storage(numbers(1030 * 530, 2)))
    let bias = storage(numbers(1030, 5))
    let (y, atOnce) = (
      TensorStorage(uninitialized: 5 * 1030), TensorStorage(uninitialized: 5 * 1030)
    )
    for panel in (0..<product.outputPanels).reversed() {
      product.forward(x, w, bias: bias, into: y, panel: panel)
    }
    product.forward(x, w, bias: bias, into: atOnce)
    #expect(y.bits == atOnce.bits)
    let (a, b) = (x.values, w.values)
    for (row, column) in [(0, 0), (4, 511), (2, 512), (3, 1029)] {
      let wanted = (0..<530).reduce(Double(bias[column])) {
        $0 + Double(a[row * 530 + $1]) * Double(b[column * 530 + $1])
      }
      #expect(abs(Double(y[row * 1030 + column]) - wanted) <= 1e-3)
    }
    let batched = BatchedProduct(
      batches: 3, m: 4, n: 2, k: 6, isTransposed: true, isShared: false)
    let (left, right) = (storage(numbers(72, 3)), storage(numbers(36, 4)))
    let (whole, parts) = (TensorStorage(uninitialized: 24), TensorStorage(uninitialized: 24))
    batched.forward(left, right, into: whole, 0..<3)
    for one in pieces(3, of: 1) { batched.forward(left, right, into: parts, one) }
    #expect(whole.bits == parts.bits)
  }

  /// The pieces of a convolution cover its output; blocks of columns have the bits of the whole.
  @Test func convolutionInPieces() {
    for kernel in [[2, 3, 3], [1, 1, 1]] {
      let pad = kernel.map { (before: $0 - 1, after: 0) }
      let geometry = ConvolutionGeometry(
        input: [3, 40, 50], channels: 16, kernel: kernel, stride: [1, 1, 1], padding: pad)
      let convolution = Convolution(batch: 2, outputs: 3, geometry: geometry)
      let x = storage(numbers(2 * 16 * 6000, 1))
      let w = storage(numbers(3 * 16 * kernel.product, 2))
      let count = convolution.planes * convolution.plane
      let (whole, parts) = (
        TensorStorage(uninitialized: count), TensorStorage(uninitialized: count)
      )
      parts.fill(.nan)
      convolution.forward(x, w, into: whole, beta: 0)
      for piece in (0..<convolution.pieces).reversed() {
        convolution.forward(x, w, into: parts, beta: 0, piece: piece)
      }
      #expect(convolution.pieces > 2)
      if kernel != [1, 1, 1] { #expect(whole.bits == parts.bits) }
      for (a, b) in zip(whole.values, parts.values) { #expect(abs(a - b) <= 1e-4) }
    }
  }

  @Test func memoryIsReadAndWrittenThroughSpans() {
    let memory = storage([1, 2, 3, 4])
    #expect(memory.withSpan { $0.count } == 4)
    memory.withMutableSpan(of: 1..<3) { $0[0] += 10 }
    memory.fill(3..<4, 7)
    #expect(memory.values == [1, 12, 3, 7] && memory[1] == 12 && memory.allFinite)
    let other = storage([0, 0, 0])
    memory.withSpan { other.copy($0.extracting(1..<3), at: 1) }
    #expect(other.values == [0, 12, 3])
    let swapped = TensorStorage(uninitialized: 4)
    memory.widenRows([1, 0], width: 2, into: swapped)
    #expect(swapped.values == [3, 7, 1, 12])
    #expect(Reductions.argmax(other, 1..<3) == 0)
    #expect(Reductions.sum(other, 1..<3) == 15 && Reductions.squares(other, 1..<3) == 153)
  }
}
