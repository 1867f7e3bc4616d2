import Tensors
import Testing

@Suite struct RandomTests {
  /// The known answers published with Random123 for philox4x32-10.
  @Test func philoxKnownAnswers() {
    let ones = UInt32.max
    let vectors: [(SIMD4<UInt32>, (UInt32, UInt32), SIMD4<UInt32>)] = [
      (SIMD4(0, 0, 0, 0), (0, 0), SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
      (
        SIMD4(ones, ones, ones, ones), (ones, ones),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), (0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ]
    for (counter, key, answer) in vectors {
      #expect(Philox.block(counter, key: StreamKey(low: key.0, high: key.1)) == answer)
    }
  }

  @Test func blockNumbersFillTheLowWords() {
    let key = StreamKey(low: 5, high: 6)
    #expect(
      Philox.block(0x1_0000_0002, key: key) == Philox.block(SIMD4(2, 1, 0, 0), key: key))
  }

  @Test func streamsAreNamed() {
    let key = StreamKey(seed: 1, command: "train", label: "a", index: 0)
    #expect(key == StreamKey(seed: 1, command: "train", label: "a", index: 0))
    let others = [
      StreamKey(seed: 2, command: "train", label: "a", index: 0),
      StreamKey(seed: 1, command: "trai", label: "na", index: 0),
      StreamKey(seed: 1, command: "train", label: "b", index: 0),
      StreamKey(seed: 1, command: "train", label: "a", index: 1), key.child("a"), key.child("b"),
      key.child("a", 1),
    ]
    #expect(Set(others + [key]).count == others.count + 1)
  }

  @Test func wordsFollowTheBlocks() {
    let key = StreamKey(low: 1, high: 2)
    var stream = RandomStream(key)
    for i in 0..<13 {
      #expect(stream.nextWord() == Philox.block(UInt64(i / 4), key: key)[i % 4])
    }
  }

  /// Mean, variance and a chi-square over 100 cells of 100,000 draws.
  @Test func uniformDrawsAreUniform() {
    var stream = RandomStream(StreamKey(low: 3, high: 4))
    var cells = [Int](repeating: 0, count: 100)
    var sum = 0.0
    let count = 100_000
    for _ in 0..<count {
      let u = stream.uniform()
      #expect(u >= 0 && u < 1)
      cells[Int(u * 100)] += 1
      sum += Double(u)
    }
    #expect(abs(sum / Double(count) - 0.5) < 4 * 0.2887 / Double(count).squareRoot())
    let chi = cells.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
    #expect(chi > 50 && chi < 160)
  }

  @Test func integersAndPermutations() {
    var stream = RandomStream(StreamKey(low: 5, high: 6))
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[stream.integer(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
    for n in 0...9 { #expect(stream.permutation(n).sorted() == Array(0..<n)) }
    var firsts = Set<Int>()
    for _ in 0..<200 { firsts.insert(stream.permutation(5)[0]) }
    #expect(firsts == [0, 1, 2, 3, 4])
  }

  /// Draw `i` does not depend on how many are drawn.
  @Test func drawsAreKeyedByElement() {
    let key = StreamKey(low: 7, high: 8)
    let normal = Tensor.normal([101], key: key).values
    let uniform = Tensor.uniform([101], in: 0...1, key: key).values
    for n in 0...21 {
      #expect(Tensor.normal([n], key: key).values == Array(normal[..<n]))
      #expect(Tensor.uniform([n], in: 0...1, key: key).values == Array(uniform[..<n]))
    }
    var stream = RandomStream(key)
    for u in uniform { #expect(stream.uniform() == u) }
  }

  /// Moments of 200,000 draws, their tails, and the independence of neighbours.
  @Test func normalDrawsAreNormal() {
    let count = 200_000
    let x = Tensor.normal([count], key: StreamKey(low: 9, high: 10)).values.map(Double.init)
    func moment(_ k: Int) -> Double {
      x.reduce(0) { sum, x in sum + (0..<k).reduce(1.0) { p, _ in p * x } } / Double(count)
    }
    let root = Double(count).squareRoot()
    #expect(abs(moment(1)) < 4 / root)
    #expect(abs(moment(2) - 1) < 4 * 2.0.squareRoot() / root)
    #expect(abs(moment(3)) < 4 * 15.0.squareRoot() / root)
    #expect(abs(moment(4) - 3) < 4 * 96.0.squareRoot() / root)
    for (limit, share) in [(1.0, 0.317_31), (2.0, 0.045_50), (3.0, 0.002_70)] {
      let found = Double(x.filter { abs($0) > limit }.count) / Double(count)
      #expect(abs(found - share) < 4 * (share / Double(count)).squareRoot())
    }
    for lag in 1...4 {
      let product = (lag..<count).reduce(0.0) { $0 + x[$1] * x[$1 - lag] } / Double(count)
      #expect(abs(product) < 4 / root)
    }
  }

  /// The bits themselves: they are part of every published number.
  @Test func bitsStay() {
    let key = StreamKey(seed: 2606, command: "bits")
    let found = Tensor.normal([6], key: key).values.map(\.bitPattern)
    #expect(found == Self.recordedNormal, "\(found)")
  }
  private static let recordedNormal: [UInt32] = [
    3_213_903_718, 3_211_602_677, 3_210_244_542, 3_210_990_958, 1_066_662_365, 3_210_079_772,
  ]
}
