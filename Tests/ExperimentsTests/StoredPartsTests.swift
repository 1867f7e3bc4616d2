import Canonical
import Experiments
import Foundation
import Synchronization
import Testing

/// Results whose parts are written once and read one by one.
@Suite struct StoredPartsTests {
  private static let key = CacheKey(command: "extract", numerics: 1, arguments: [])

  private final class Fixture: Sendable {
    let folder = NSTemporaryDirectory() + "merepl-stored-parts-\(UUID().uuidString)"
    let warnings = Mutex<[String]>([])

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func store() throws -> ResultStore {
      try ResultStore(root: folder) { [self] text in warnings.withLock { $0.append(text) } }
    }

    /// The files of the store's objects with these bytes.
    func objects(with data: Data) -> [String] {
      let place = "\(folder)/objects"
      let names = FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String }
      return (names ?? []).map { "\(place)/\($0)" }.filter {
        FileManager.default.contents(atPath: $0) == data
      }
    }
  }

  private static func part(_ index: Int) -> Data { Data("part \(index) of a sequence".utf8) }

  private func stored(_ fixture: Fixture, count: Int = 5) throws -> StoredResult {
    let store = try fixture.store()
    let parts = store.parts(of: Self.key)
    for index in 0..<count { try parts.keep(Self.part(index), as: index) }
    return try store.put(
      Self.key, partsOf: parts, count: count, summary: ["clips": .int(count)], label: "five")
  }

  @Test func partsAreReadOneByOne() throws {
    let fixture = Fixture()
    let result = try stored(fixture)
    let store = try fixture.store()
    let found = try #require(try store.value(for: Self.key))
    #expect(found.contentHash == result.contentHash)
    let parts = try found.parts()
    #expect(parts.parts.count == 5)
    for index in [4, 0, 2] { #expect(store.part(index, of: parts, Self.key) == Self.part(index)) }
    #expect(!FileManager.default.fileExists(atPath: "\(fixture.folder)/partial/\(Self.key.hex)"))
    #expect(fixture.warnings.withLock { $0.isEmpty })
  }

  @Test func eachPartIsOnDiskOnce() throws {
    let fixture = Fixture()
    _ = try stored(fixture)
    for index in 0..<5 { #expect(fixture.objects(with: Self.part(index)).count == 1) }
  }

  @Test func theContentIsThatOfAllPartsInOrder() throws {
    let (one, other) = (Fixture(), Fixture())
    let first = try stored(one)
    let store = try other.store()
    let parts = store.parts(of: Self.key)
    for index in [3, 1, 0, 2, 4] { try parts.keep(Self.part(index), as: index) }
    let second = try store.put(
      Self.key, partsOf: parts, count: 5, summary: ["clips": 5], label: "otherwise")
    #expect(first.contentHash == second.contentHash)
    let third = Fixture()
    let changed = try third.store()
    let swapped = changed.parts(of: Self.key)
    for index in 0..<5 { try swapped.keep(Self.part(4 - index), as: index) }
    let result = try changed.put(
      Self.key, partsOf: swapped, count: 5, summary: ["clips": 5])
    #expect(result.contentHash != first.contentHash)
  }

  @Test func aMissingPartIsNoResult() throws {
    let fixture = Fixture()
    let store = try fixture.store()
    let parts = store.parts(of: Self.key)
    for index in [0, 1, 3] { try parts.keep(Self.part(index), as: index) }
    #expect(throws: StoreError.self) {
      try store.put(Self.key, partsOf: parts, count: 4, summary: ["clips": 4])
    }
    #expect(try store.value(for: Self.key) == nil)
    // What was finished stays for the next run.
    #expect(try fixture.store().parts(of: Self.key).count == 3)
  }

  @Test(arguments: ["changed", "removed"])
  func aDamagedPartIsPutBack(what: String) throws {
    let fixture = Fixture()
    let parts = try stored(fixture).parts()
    let file = try #require(fixture.objects(with: Self.part(2)).first)
    if what == "changed" {
      try Data("part 7 of a sequence".utf8).write(to: URL(filePath: file))
    } else {
      try FileManager.default.removeItem(atPath: file)
    }
    let store = try fixture.store()
    #expect(store.part(2, of: parts, Self.key) == nil)
    #expect(fixture.warnings.withLock { $0.count } == 1)
    #expect(throws: StoreError.self) {
      try store.restore(Self.part(3), asPart: 2, of: parts, Self.key)
    }
    try store.restore(Self.part(2), asPart: 2, of: parts, Self.key)
    #expect(store.part(2, of: parts, Self.key) == Self.part(2))
  }

  @Test func cleaningUpKeepsThePartsOfResults() throws {
    let fixture = Fixture()
    let parts = try stored(fixture).parts()
    let store = try fixture.store()
    let item = try #require(try store.items().first)
    #expect(item.bytes > parts.parts.reduce(0) { $0 + $1.bytes })
    #expect(try store.collectGarbage { _, _ in true }.files == 0)
    #expect(store.part(4, of: parts, Self.key) == Self.part(4))
    let removed = try store.collectGarbage { _, _ in false }
    #expect(removed.results == 1 && removed.files == 7)
    #expect(fixture.objects(with: Self.part(4)).isEmpty)
  }
}
