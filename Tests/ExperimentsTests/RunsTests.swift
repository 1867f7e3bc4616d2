import Canonical
import Experiments
import Foundation
import JSON
import Testing

/// Keys compared in words, samples, expected times, clean-up.
@Suite struct RunsTests {
  private func key(
    _ command: String, _ arguments: [(String, String)] = [], of source: CacheKey? = nil,
    numerics: Int = 1
  ) -> CacheKey {
    var all = arguments.map { CacheKey.Argument($0.0, bytes: Array($0.1.utf8), shown: $0.1) }
    if let source {
      all.append(.init("from", bytes: Array(source.hex.utf8), shown: "it", source: source.hash))
    }
    return CacheKey(command: command, numerics: numerics, arguments: all)
  }

  @Test func causesAreFollowedToTheCommandWhereTheyBegin() {
    func chain(_ steps: String, _ rate: String) -> [CacheKey] {
      let extract = key("extract", [("steps", steps)])
      let tune = key("finetune", [("rate", rate)], of: extract)
      return [extract, tune, key("evaluate", of: tune)]
    }
    let (old, new) = (chain("5", "1"), chain("10", "1"))
    let comparison = KeyComparison(before: old, after: new)
    let causes = comparison.causes(of: new[2], from: old[2])
    #expect(causes.map { "\($0)" } == ["extract: steps 5 -> 10"])
    #expect(causes[0].commands == ["evaluate", "finetune", "extract"])
    #expect(comparison.causes(of: old[2], from: old[2]).isEmpty)
    // The closest of several is the predecessor; what is in use now is none.
    let far = chain("7", "2")
    let wide = KeyComparison(before: old + far + new, after: new)
    #expect(wide.predecessor(of: new[2], among: far + old + new)?.key == old[2])
    #expect(comparison.predecessor(of: key("train"), among: old) == nil)
  }

  @Test func aRaisedNumericsVersionIsAnotherKeyAndSaysSo() {
    let (old, new) = (key("extract"), key("extract", numerics: 2))
    #expect(old != new)
    let causes = KeyComparison(before: [old], after: [new]).causes(of: new, from: old)
    #expect(causes.map { "\($0)" } == ["extract: numerics version 1 -> 2"])
  }

  @Test func sourcesAreNoPartOfAKeyAndAreReadBack() throws {
    let source = key("extract")
    let with = key("tune", of: source)
    let without = CacheKey(
      command: "tune", numerics: 1,
      arguments: [.init("from", bytes: Array(source.hex.utf8), shown: "it")])
    #expect(with == without)
    #expect(try CacheKey(json: with.json).arguments[0].source == source.hash)
    #expect(try CacheKey(json: without.json).arguments[0].source == nil)
  }

  @Test func theNonceChoosesASampleOfTheAskedSize() {
    let keys = (0..<200).map { ContentHash(of: Array("\($0)".utf8)) }
    let one = ResultSample.choose(keys, share: 0.05, nonce: "a")
    #expect(one.count == 10 && one == ResultSample.choose(keys.reversed(), share: 0.05, nonce: "a"))
    #expect(one != ResultSample.choose(keys, share: 0.05, nonce: "b"))
    #expect(ResultSample.choose(keys, share: 1, nonce: "a") == Set(keys))
    #expect(ResultSample.choose(keys.prefix(3), share: 0.01, nonce: "a").count == 1)
    #expect(ResultSample.choose([], share: 0.5, nonce: "a").isEmpty)
    // Every key is chosen by its share of the nonces.
    let hits = (0..<400).count {
      ResultSample.choose(keys, share: 0.05, nonce: "\($0)").contains(keys[7])
    }
    #expect((5...45).contains(hits), "\(hits) of 400")
  }

  @Test(arguments: [("5%", 0.05), ("100%", 1), ("0.25", 0.25)])
  func sharesAreRead(text: String, share: Double) { #expect(ResultSample.share(text) == share) }

  @Test(arguments: ["0", "0%", "101%", "2", "-1", "", "x", "nan", "inf"])
  func otherSharesAreNot(text: String) { #expect(ResultSample.share(text) == nil) }

  @Test func expectedTimesComeFromTheMostSimilarResult() throws {
    let (five, other) = (
      key("extract", [("steps", "5"), ("data", "a")]),
      key("extract", [("steps", "50"), ("data", "b")])
    )
    let record = RunRecord(arguments: [], source: nil)
    for (key, seconds) in [(five, 10.0), (other, 400)] {
      record.add(key)
      record.add(.init(name: "", seconds: 500, outcome: "run", ownSeconds: seconds, key: key.hash))
    }
    let folder = NSTemporaryDirectory() + "merepl-times-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try record.write(in: folder, exitCode: 0)
    let times = ExpectedTime(RunHistory(folder: folder))
    #expect(times.estimate(for: five)?.seconds == 10)
    let twice = times.estimate(for: key("extract", [("steps", "10"), ("data", "a")]))
    #expect(twice == .init(seconds: 20, isRough: false))
    #expect(times.estimate(for: key("train")) == nil)
    // Near work counts more than few differences; far work gives a rough time only.
    let near = times.estimate(for: key("extract", [("steps", "40"), ("data", "a")]))
    #expect(near == .init(seconds: 320, isRough: false))
    let far = try #require(times.estimate(for: key("extract", [("steps", "1000"), ("data", "a")])))
    #expect(far == .init(seconds: 8000, isRough: true))
    #expect("\(far)" == "very roughly 2 h 13 min")
    // The run that is going on counts, and work is steps times clips.
    let current = RunRecord(arguments: [], source: nil)
    let clips = key("localise", [("data", "priors of 2 clips (5 steps)")])
    current.add(clips)
    current.add(.init(name: "", seconds: 3, outcome: "run", key: clips.hash))
    let going = ExpectedTime(RunHistory(folder: folder), current: current)
    let more = key("localise", [("data", "priors of 6 clips (5 steps)")])
    #expect(going.estimate(for: more) == .init(seconds: 9, isRough: false))
  }

  @Test func cleaningUpKeepsWhatALockNamesAndWhatIsNew() {
    func item(_ name: String, bytes: Int, use: Double) -> StoredItem {
      StoredItem(key: key(name), label: name, bytes: bytes, lastUse: use)
    }
    let items = [
      item("named", bytes: 100, use: 0), item("old", bytes: 100, use: 10),
      item("new", bytes: 100, use: 900), item("future", bytes: 100, use: 5000),
    ]
    func removed(age: Double? = nil, bytes: Int? = nil) -> [String] {
      CollectionRules(age: age, bytes: bytes, isNamed: { $0.command == "named" })
        .removals(of: items, now: 1000).map(\.label)
    }
    #expect(removed() == [])
    #expect(removed(age: 500) == ["old"])
    #expect(removed(age: 50) == ["old", "new"])
    #expect(removed(bytes: 300) == ["old"])
    #expect(removed(bytes: 0) == ["old", "new", "future"])
  }

  @Test func aPartlyRecomputedCellIsJudgedByWhatIsThere() {
    var lock = Lockfile()
    lock.setCell(table: "t", row: "a", column: "c", .numbers([1, 2, 3]))
    lock.setCell(table: "t", row: "b", column: "c", .numbers([4, 5, 6]))
    func grades(_ a: [Double?], _ b: [Double?]) -> [ReproductionGrade] {
      LockComparison(
        expected: lock,
        cells: [
          .init(table: "t", row: "a", column: "c"): .numbers(a),
          .init(table: "t", row: "b", column: "c"): .numbers(b),
        ], results: [], isPartial: true
      ).cells.map(\.grade)
    }
    #expect(grades([1, nil, nil], [nil, nil, nil]) == [.bitIdentical, .notAttempted])
    #expect(grades([nil, 2.5, nil], [4, nil, 6]) == [.sameOrdering, .bitIdentical])
    #expect(grades([nil, 9, nil], [4, 5, 6]) == [.differs, .bitIdentical])
    #expect(grades([1, 2], [4, 5, 6]) == [.differs, .bitIdentical])
  }

  @Test func aLongCurveIsKeptInFewPoints() {
    var curve = LossCurve(title: "t", names: ["loss"])
    for step in 0..<3000 { curve.append([Double(step)]) }
    #expect(curve.steps == 3000 && curve.points.count < LossCurve.mostPoints)
    #expect(curve.points[0][0] == Double(curve.stride - 1) / 2)
  }
}
