import Synchronization
import Testing
import Video

@Suite struct ClipSequenceTests {
  /// A sequence that counts how often each value is made.
  private final class Counting: Sendable {
    let made = Mutex<[Int: Int]>([:])

    func sequence(_ count: Int) -> ClipSequence<[Int]> {
      ClipSequence(count: count) { [self] clip in
        made.withLock { $0[clip, default: 0] += 1 }
        return [Int](repeating: clip, count: 10)
      }
    }
  }

  @Test func valuesAreMadeWhenAskedFor() throws {
    let counting = Counting()
    let sequence = counting.sequence(1_000_000_000)
    #expect(counting.made.withLock { $0.isEmpty })
    #expect(try sequence[999_999_999].first == 999_999_999)
    let changed = sequence.mapped { clip, value in clip + value.count }
    #expect(try changed[5] == 15)
    #expect(try sequence.selecting([7, 3, 7])[1] == [Int](repeating: 3, count: 10))
    #expect(counting.made.withLock { $0 } == [999_999_999: 1, 5: 1, 3: 1])
  }

  @Test func rememberedValuesAreMadeOnceWithinTheLimit() throws {
    let counting = Counting()
    let sequence = counting.sequence(20).remembered(limit: 50) { $0.count }
    for _ in 0..<3 {
      for clip in 0..<20 { #expect(try sequence[clip].first == clip) }
    }
    let made = counting.made.withLock { $0 }
    #expect((0..<5).allSatisfy { made[$0] == 1 })
    #expect((5..<20).allSatisfy { made[$0] == 3 })
  }

  @Test func errorsAreThrownAndNotRemembered() throws {
    struct Missing: Error {}
    let failing = Mutex(true)
    let sequence = ClipSequence<Int>(count: 2) { clip in
      if failing.withLock({ $0 }) { throw Missing() }
      return clip
    }.remembered { _ in 1 }
    #expect(throws: Missing.self) { try sequence[1] }
    failing.withLock { $0 = false }
    #expect(try sequence[1] == 1)
    var seen: [Int] = []
    try sequence.visit { clip, value in seen.append(10 * clip + value) }
    #expect(seen == [0, 11])
  }
}
