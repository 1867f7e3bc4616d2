import Foundation
import Kernels
import PortableKernels
import Testing

/// Products of every family of instructions that this processor has, against the definition bit for
/// bit, on random shapes with whole and cut tiles, blocks of rows and stretches of `k`.
@Suite(.serialized) struct ProductTests {
  /// A product with memory of its own.
  private struct Case {
    let m, n, k: Int
    let leftIsTransposed, rightIsTransposed, isPacked, startsFromItself: Bool
    let biasRow: [Float]?
    let alpha: Float
    let left, right, before: [Float]

    init(_ draws: inout Draws) {
      let isLong = draws.next(6) == 0
      let isWide = draws.next(8) == 0
      m = isWide ? 230 + draws.next(60) : 1 + draws.next(40)
      n = isWide ? 500 + draws.next(80) : 1 + draws.next(70)
      k = draws.next(20) == 0 ? 0 : isLong ? 250 + draws.next(300) : 1 + draws.next(60)
      leftIsTransposed = draws.next(2) == 0
      rightIsTransposed = draws.next(2) == 0
      isPacked = draws.next(2) == 0
      startsFromItself = draws.next(3) == 0
      alpha = draws.next(2) == 0 ? 1 : 0.3
      left = draws.floats(m * k)
      right = draws.floats(k * n)
      before = draws.floats(m * n)
      biasRow = !startsFromItself && draws.next(2) == 0 ? draws.floats(n) : nil
    }

    var name: String {
      "\(m) x \(n) x \(k), left \(leftIsTransposed), right \(rightIsTransposed), "
        + "packed \(isPacked), itself \(startsFromItself), bias \(biasRow != nil), alpha \(alpha)"
    }

    /// The definition, in Swift.
    var wanted: [UInt32] {
      (0..<m * n).map { index in
        let (row, column) = (index / n, index % n)
        var value = startsFromItself ? before[index] : biasRow?[column]
        for start in stride(from: 0, to: k, by: 256) {
          var sum: Float = 0
          for i in start..<min(k, start + 256) {
            sum.addProduct(
              left[leftIsTransposed ? i * m + row : row * k + i],
              right[rightIsTransposed ? column * k + i : i * n + column])
          }
          value = value.map { $0 + sum * alpha } ?? sum * alpha
        }
        return (value ?? 0).bitPattern
      }
    }

    func result() -> [UInt32] {
      var product = portable_product()
      (product.m, product.n, product.k, product.alpha) = (m, n, k, alpha)
      product.a_row = leftIsTransposed ? 1 : k
      product.a_column = leftIsTransposed ? m : 1
      var out = before
      let panels = UnsafeMutablePointer<Float>.allocate(capacity: portable_packed_count(k, n) + 1)
      defer { panels.deallocate() }
      left.withUnsafeBufferPointer { a in
        right.withUnsafeBufferPointer { b in
          out.withUnsafeMutableBufferPointer { c in
            (biasRow ?? []).withUnsafeBufferPointer { bias in
              product.a = a.baseAddress
              product.b_row = rightIsTransposed ? 1 : n
              product.b_column = rightIsTransposed ? k : 1
              if isPacked {
                portable_pack(b.baseAddress, product.b_row, product.b_column, k, n, panels)
                product.b = UnsafePointer(panels)
                product.packed_k = k
              } else {
                product.b = b.baseAddress
              }
              product.c = c.baseAddress
              product.c_row = n
              if startsFromItself {
                (product.start, product.start_row) = (UnsafePointer(c.baseAddress), n)
              } else if biasRow != nil {
                product.start = bias.baseAddress
              }
              portable_multiply(&product)
            }
          }
        }
      }
      return out.map(\.bitPattern)
    }
  }

  /// A small generator of its own: the tests' shapes must not depend on the code they test.
  private struct Draws {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(next(1 << 20)) / Float(1 << 19) - 1 }
    }
  }

  @Test func everyFamilyGivesTheBitsOfTheDefinition() {
    let chosen = Instructions.family
    defer { #expect(Instructions.use(chosen)) }
    var draws = Draws(state: 7)
    for _ in 0..<60 {
      let product = Case(&draws)
      let wanted = product.wanted
      for family in Instructions.families {
        #expect(Instructions.use(family))
        #expect(product.result() == wanted, "\(family): \(product.name)")
      }
    }
  }

  /// Heads lie side by side in rows of sixteen numbers, as wide as a panel: the columns of one end
  /// where those of the next begin, and the last row where the memory ends.
  @Test func fewRowsOfStridedSides() {
    let chosen = Instructions.family
    defer { #expect(Instructions.use(chosen)) }
    let (m, n, k, stride) = (5, 8, 6, 16)
    let (left, right) = (numbers(m * k, 1), numbers(k * stride - n, 2))
    let results = Instructions.families.map { family in
      #expect(Instructions.use(family))
      var out = [Float](repeating: -1, count: m * n)
      left.withUnsafeBufferPointer { a in
        right.withUnsafeBufferPointer { b in
          out.withUnsafeMutableBufferPointer { c in
            var product = portable_product()
            (product.m, product.n, product.k, product.alpha) = (m, n, k, 1)
            (product.a, product.a_row, product.a_column) = (a.baseAddress, k, 1)
            (product.b, product.b_row, product.b_column) = (b.baseAddress, stride, 1)
            (product.c, product.c_row) = (c.baseAddress, n)
            portable_multiply(&product)
          }
        }
      }
      return out
    }
    for (index, found) in results[0].enumerated() {
      let wanted = (0..<k).reduce(Float(0)) {
        $0.addingProduct(left[index / n * k + $1], right[$1 * stride + index % n])
      }
      #expect(found == wanted)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func exponentialsOfEveryFamily() {
    let chosen = Instructions.family
    defer { #expect(Instructions.use(chosen)) }
    var draws = Draws(state: 3)
    for count in 0...70 {
      var row = draws.floats(count).map { $0 * 60 }
      if count % 5 == 0 { for i in row.indices where draws.next(4) == 0 { row[i] = -.infinity } }
      if count % 17 == 16 { row[draws.next(count)] = .nan }
      if count % 23 == 22 { row = row.map { _ in -.infinity } }
      let results = Instructions.families.map { family in
        #expect(Instructions.use(family))
        var out = row
        let sum = out.withUnsafeMutableBufferPointer {
          portable_exponentials($0.baseAddress, count)
        }
        return (out + [sum]).map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(count) elements")
      guard !row.contains(where: \.isNaN), let peak = row.max(), peak.isFinite else { continue }
      for (x, found) in zip(row, results[0]) {
        let wanted = Float(exp(Double(x - peak)))
        let tolerance = x.isFinite ? wanted * (1.7e-7 + 3e-8 * (peak - x)) : 0
        #expect(abs(Float(bitPattern: found) - wanted) <= max(tolerance, 1.7e-38))
      }
    }
  }

  @Test func normsOfEveryFamily() {
    let chosen = Instructions.family
    defer { #expect(Instructions.use(chosen)) }
    for width in [1, 7, 16, 31, 32, 45, 128] {
      for centred in [true, false] {
        let results = Instructions.families.map { family in
          #expect(Instructions.use(family))
          let norm = RowNormalisation(
            RowGroups([2, 3]), width: width, epsilon: 1e-5, centred: centred)
          let y = TensorStorage(uninitialized: 5 * width)
          norm.forward(
            storage(numbers(5 * width, 1)), storage(numbers(2 * width, 2)),
            storage(numbers(2 * width, 3)), into: y, 0..<5)
          return y.bits
        }
        #expect(results.allSatisfy { $0 == results[0] }, "\(width), centred \(centred)")
      }
    }
  }

  @Test func adamWOfEveryFamily() {
    let chosen = Instructions.family
    defer { #expect(Instructions.use(chosen)) }
    let step = AdamWStep(
      beta1: 0.9, beta2: 0.95, epsilon: 1e-8, gradientScale: 0.7, keep: 0.999, stepSize: 1e-3,
      rootCorrection: 0.3)
    for count in [1, 7, 16, 37] {
      let results = Instructions.families.map { family in
        #expect(Instructions.use(family))
        let (w, m) = (storage(numbers(count, 1)), storage(numbers(count, 2)))
        let v = storage(numbers(count, 3).map(abs))
        step.update(w, first: m, second: v, gradient: storage(numbers(count, 4)))
        return w.bits + m.bits + v.bits
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(count) elements")
    }
  }

  @Test func theFastestFamilyIsUsed() {
    #expect(Instructions.families.last == "plain" && Instructions.families.count >= 2)
    #expect(!Instructions.use("mmx"))
  }

  /// A weight that was changed in place is not multiplied as it was before.
  @Test func copiesOfAWeightFollowIt() {
    let (rows, width, outputs) = (5, 7, 19)
    let weight = storage(numbers(outputs * width, 1))
    let x = storage(numbers(rows * width, 2))
    let product = WeightProduct(rows: rows, width: width, outputs: outputs)
    func forward(_ weight: TensorStorage) -> [UInt32] {
      let y = TensorStorage(uninitialized: rows * outputs)
      product.forward(x, weight, bias: nil, into: y)
      return y.bits
    }
    let before = forward(weight)
    weight.fill(0..<width, 3)
    weight.dropCopies()
    #expect(forward(weight) != before)
    #expect(forward(weight) == forward(storage(weight.values)))
  }
}
