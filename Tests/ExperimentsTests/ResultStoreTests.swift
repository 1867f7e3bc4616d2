import Canonical
import Experiments
import Foundation
import JSON
import Synchronization
import Testing

private func key(_ n: Int) -> CacheKey {
  CacheKey(
    command: "extract", numerics: 1,
    arguments: [.init("n", bytes: CanonicalEncoder.bytes { $0.encode(n) }, shown: "\(n)")])
}

/// A store in a folder of its own, and the warnings it gave.
private final class Fixture: Sendable {
  let folder = NSTemporaryDirectory() + "merepl-store-\(UUID().uuidString)"
  let warnings = Mutex<[String]>([])
  let computed = Atomic<Int>(0)

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func store() throws -> ResultStore {
    try ResultStore(root: folder) { [self] text in warnings.withLock { $0.append(text) } }
  }

  func objects() -> [String] {
    let names = FileManager.default.enumerator(atPath: folder + "/objects")
    return (names?.compactMap { $0 as? String } ?? []).map { folder + "/objects/" + $0 }.filter {
      (try? FileManager.default.attributesOfItem(atPath: $0)[.type] as? FileAttributeType)
        == .typeRegular
    }.sorted()
  }
}

private let data = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) })

@Suite struct ResultStoreTests {
  @Test func storedResultComesBack() throws {
    let fixture = Fixture()
    let put = try fixture.store().put(
      key(1), blobs: ["maps": data, "ids": Data([1])], summary: ["accuracy": 0.25],
      label: "five steps", numbers: .floats([1, 2]))
    // Another instance knows only what is on disk.
    let found = try #require(try fixture.store().value(for: key(1)))
    #expect(found.blobs == ["maps": data, "ids": Data([1])])
    #expect(found.summary == ["accuracy": 0.25])
    #expect(found.label == "five steps" && found.contentHash == put.contentHash)
    #expect(try fixture.store().value(for: key(2)) == nil)
    #expect(try fixture.store().contains(key(1)))
    #expect(try !fixture.store().contains(key(2)))
    #expect(fixture.warnings.withLock { $0.isEmpty })
  }

  @Test func otherProcessesResultsAreSeen() throws {
    let fixture = Fixture()
    let one = try fixture.store()
    let two = try fixture.store()
    #expect(try two.value(for: key(1)) == nil)
    try one.put(key(1), summary: 1, numbers: .none)
    #expect(try two.value(for: key(1))?.summary == 1)
  }

  @Test func contentHashIgnoresLabelAndKey() throws {
    let store = try Fixture().store()
    let a = try store.put(key(1), summary: [1, 2], label: "a", numbers: .none)
    let b = try store.put(key(2), summary: [1, 2], label: "b", numbers: .none)
    let c = try store.put(key(3), summary: [1, 3], label: "b", numbers: .none)
    #expect(a.contentHash == b.contentHash && a.contentHash != c.contentHash)
  }

  @Test func everyFlippedBitIsAMissWithAWarning() throws {
    let fixture = Fixture()
    try fixture.store().put(key(1), blobs: ["maps": data], summary: 1, numbers: .none)
    let objects = fixture.objects()
    #expect(objects.count == 2)
    for path in objects {
      let sound = try Data(contentsOf: URL(filePath: path))
      for place in [0, sound.count / 2, sound.count - 1] {
        var damaged = Data(sound)
        damaged[place] ^= 4
        try damaged.write(to: URL(filePath: path))
        #expect(try fixture.store().value(for: key(1)) == nil)
      }
      try sound.write(to: URL(filePath: path))
    }
    #expect(fixture.warnings.withLock { $0.count } == 6)
    #expect(fixture.warnings.withLock { $0.allSatisfy { $0.contains("corrupt") } })
    #expect(try fixture.store().value(for: key(1)) != nil)
  }

  /// A crash after the journal line and before the files are in place.
  @Test func missingPartsAreAMiss() throws {
    let fixture = Fixture()
    let store = try fixture.store()
    for victim in 0..<2 {
      try store.put(key(1), blobs: ["maps": data], numbers: .none)
      try FileManager.default.removeItem(atPath: fixture.objects()[victim])
      #expect(try fixture.store().value(for: key(1)) == nil)
    }
    try store.put(key(1), blobs: ["maps": data], numbers: .none)
    #expect(try store.value(for: key(1))?.blobs["maps"] == data)
  }

  @Test func damagedResultIsReplacedByTheNextOne() throws {
    let fixture = Fixture()
    let store = try fixture.store()
    try store.put(key(1), blobs: ["maps": data], numbers: .none)
    for path in fixture.objects() { try Data("x".utf8).write(to: URL(filePath: path)) }
    try store.put(key(1), blobs: ["maps": data], numbers: .none)
    #expect(try store.value(for: key(1))?.blobs["maps"] == data)
  }

  @Test(arguments: 0...160)
  func journalCutAnywhereLosesOnlyTheLastResult(_ cut: Int) throws {
    let fixture = Fixture()
    let store = try fixture.store()
    try store.put(key(1), summary: 1, numbers: .none)
    try store.put(key(2), summary: 2, numbers: .none)
    let path = fixture.folder + "/journal.log"
    let journal = try Data(contentsOf: URL(filePath: path))
    let lineLength = journal.count / 2
    try journal.prefix(journal.count - min(cut, lineLength)).write(to: URL(filePath: path))
    let reopened = try fixture.store()
    #expect(try reopened.value(for: key(1))?.summary == 1)
    // Without its line end the last line is still whole.
    #expect((try reopened.value(for: key(2)) != nil) == (cut <= 1))
    try reopened.put(key(3), summary: 3, numbers: .none)
    #expect(try fixture.store().value(for: key(3))?.summary == 3)
    #expect(try fixture.store().value(for: key(1))?.summary == 1)
  }

  @Test func unsoundResultsAreRefused() throws {
    let store = try Fixture().store()
    func refused(_ numbers: ResultNumbers, _ blobs: [String: Data] = ["a": data]) -> Bool {
      do {
        try store.put(key(1), blobs: blobs, numbers: numbers)
        return false
      } catch { return "\(error)".contains("not cached") }
    }
    #expect(refused(.floats([1, .nan])))
    #expect(refused(.doubles([.infinity])))
    #expect(refused(.floats([])))
    #expect(refused(.check { "all zero" }))
    #expect(refused(.none, [:]))
    #expect(refused(.none, ["a": Data()]))
    #expect(throws: StoreError.self) {
      try store.put(key(1), summary: ["loss": [.double(.nan)]], numbers: .none)
    }
    #expect(try store.value(for: key(1)) == nil)
    #expect(!refused(.floats([1, 2])))
  }

  @Test func otherBitsUnderOneKeyAreReported() throws {
    let fixture = Fixture()
    let store = try fixture.store()
    try store.put(key(1), summary: 1, numbers: .none)
    try store.put(key(1), summary: 1, numbers: .none)
    #expect(fixture.warnings.withLock { $0.isEmpty })
    try store.put(key(1), summary: 2, numbers: .none)
    #expect(fixture.warnings.withLock { $0.first?.contains("not deterministic") } == true)
  }

  @Test func oneOfManyComputes() async throws {
    let fixture = Fixture()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<6 {
        let store = try fixture.store()
        group.addTask {
          let (result, _) = try store.value(for: key(9)) { store in
            fixture.computed.add(1, ordering: .relaxed)
            usleep(100_000)
            return try store.put(key(9), summary: 9, numbers: .none)
          }
          return try result.summary.asInt()
        }
      }
      for try await value in group { #expect(value == 9) }
    }
    #expect(fixture.computed.load(ordering: .relaxed) == 1)
  }

  @Test func manyWritersAtOnce() async throws {
    let fixture = Fixture()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        let store = try fixture.store()
        group.addTask {
          for n in 0..<10 { try store.put(key(writer * 10 + n), summary: .int(n), numbers: .none) }
        }
      }
      try await group.waitForAll()
    }
    let store = try fixture.store()
    for n in 0..<40 { #expect(try store.value(for: key(n))?.summary == .int(n % 10)) }
    #expect(try store.contents().count == 40)
  }

  @Test func garbageIsCollected() throws {
    let fixture = Fixture()
    let store = try fixture.store()
    try store.put(key(1), blobs: ["a": data], label: "old", numbers: .none)
    try store.put(key(2), blobs: ["a": data], label: "new", numbers: .none)
    let other = try fixture.store()
    #expect(try other.contains(key(1)))
    let removed = try store.collectGarbage { _, label in label == "new" }
    #expect(removed.results == 1 && removed.files == 1 && removed.bytes > 0)
    #expect(try store.value(for: key(1)) == nil)
    #expect(try store.value(for: key(2))?.blobs["a"] == data)
    #expect(try !other.contains(key(1)))
    #expect(try other.value(for: key(2)) != nil)
  }
}
