import Ranks
import Testing

@Suite struct LanesTests {
  /// Every sample is in one lane, in order, and no lane is empty or has two more than another.
  @Test func coverEverySampleOnce() {
    for count in 0...40 {
      for lanes in 1...9 {
        let ranges = Lanes.ranges(count, lanes: lanes)
        #expect(ranges.count == min(lanes, count))
        #expect(Array(ranges.joined()) == Array(0..<count))
        let lengths = ranges.map(\.count)
        #expect((lengths.max() ?? 1) - (lengths.min() ?? 1) <= 1)
        #expect(!lengths.contains(0))
      }
    }
    #expect(Lanes.ranges(10, lanes: 4) == [0..<2, 2..<5, 5..<7, 7..<10])
  }
}

@Suite struct FixedTreeTests {
  private func text(_ parts: [String?]) -> String? { FixedTree.sum(parts) { "(\($0)+\($1))" } }

  @Test func shapeOfTheTree() {
    #expect(text([]) == nil)
    #expect(text(["0"]) == "0")
    #expect(text(["0", "1", "2"]) == "((0+1)+2)")
    #expect(text(["0", "1", "2", "3"]) == "((0+1)+(2+3))")
    #expect(text(["0", "1", "2", "3", "4"]) == "(((0+1)+(2+3))+4)")
  }

  @Test func nothingChangesNoSum() {
    #expect(text([nil, nil, nil]) == nil)
    #expect(text([nil, "1", "2", nil]) == "(1+2)")
    #expect(text(["0", nil, nil, "3"]) == "(0+3)")
  }
}

@Suite struct WorkerTests {
  private struct Failure: Error, Equatable { let index: Int }

  private enum Colour: WorkKey {
    static let defaultValue = "none"
  }

  @Test(arguments: [1, 2, 7]) func resultsComeInOrder(threads: Int) throws {
    let squares = try Workers.using(threads) { try Workers.map(100) { $0 * $0 } }
    #expect(squares == (0..<100).map { $0 * $0 })
    let none = try Workers.using(threads) { try Workers.map(0) { $0 } }
    #expect(none == [])
  }

  @Test(arguments: [1, 2, 7]) func theFirstErrorIsThrown(threads: Int) {
    #expect(throws: Failure(index: 3)) {
      try Workers.using(threads) {
        try Workers.map(20) { if $0 >= 3 { throw Failure(index: $0) } }
      }
    }
  }

  @Test func callsMayNest() throws {
    let sums = try Workers.using(2) {
      try Workers.map(4) { i in try Workers.map(4) { $0 * i }.reduce(0, +) }
    }
    #expect(sums == [0, 6, 12, 18])
  }

  @Test func aPartIsNotSplitAgain() throws {
    let counts = try Workers.using(3) { try Workers.map(6) { _ in Workers.count } }
    #expect(counts == [1, 1, 1, 1, 1, 1])
    // One part is no reason to give up the threads.
    #expect(try Workers.using(3) { try Workers.map(1) { _ in Workers.count } } == [3])
    #expect(Workers.using(0) { Workers.count } == 1)
  }

  @Test func settingsReachTheWorkers() throws {
    #expect(WorkContext.value(Colour.self) == "none")
    let seen = try Workers.using(3) {
      try WorkContext.with(Colour.self, "blue") {
        try Workers.map(6) { index in
          index == 2
            ? WorkContext.with(Colour.self, "red") { WorkContext.value(Colour.self) }
            : WorkContext.value(Colour.self)
        }
      }
    }
    #expect(seen == ["blue", "blue", "red", "blue", "blue", "blue"])
    #expect(WorkContext.value(Colour.self) == "none")
  }

  /// Work of several tasks at once, each with its own number of threads and setting.
  @Test func tasksDoNotSeeEachOther() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for threads in [1, 2, 7, 3] {
        group.addTask {
          try Workers.using(threads) {
            try WorkContext.with(Colour.self, "\(threads)") {
              try (0..<200).allSatisfy { _ in
                let seen = try Workers.map(8) { _ in WorkContext.value(Colour.self) }
                return Workers.count == threads && seen.allSatisfy { $0 == "\(threads)" }
              }
            }
          }
        }
      }
      for try await isOwn in group { #expect(isOwn) }
    }
  }

  @Test(arguments: [1, 2, 7]) func blocksCoverTheWorkOnce(threads: Int) {
    for (count, width) in [(0, 1), (1, 1), (1000, 7), (1 << 19, 1), (300_001, 3), (9, 1 << 17)] {
      let counters = Counters(count)
      Workers.using(threads) {
        Workers.forEachBlock(of: count, width: width) { counters.add($0) }
      }
      #expect(counters.isOne, "\(count) of \(width)")
    }
  }

  /// Rows in parts: the same parts on any number of threads, and each element once.
  @Test func partsOfRows() {
    for (rows, width) in [(5, 7), (4, 200_000), (40_000, 20), (3, 0)] {
      let found = [1, 2, 7].map { threads in
        let counters = Counters(rows * width)
        Workers.using(threads) {
          Workers.forEachPart(of: rows, width: width) { rows, part in
            for row in rows {
              counters.add(row * width + part.lowerBound..<row * width + part.upperBound)
            }
          }
        }
        #expect(counters.isOne, "\(rows) of \(width)")
        return counters.sorted
      }
      #expect(found[1] == found[0] && found[2] == found[0])
    }
  }
}
