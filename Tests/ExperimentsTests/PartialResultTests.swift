import Experiments
import Foundation
import Synchronization
import Testing

private let key = CacheKey(command: "extract", numerics: 1, arguments: [])
private let other = CacheKey(command: "extract", numerics: 2, arguments: [])

/// A store in a folder of its own, and the warnings it gave.
private final class Fixture: Sendable {
  let folder = NSTemporaryDirectory() + "merepl-parts-\(UUID().uuidString)"
  let warnings = Mutex<[String]>([])

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func store() throws -> ResultStore {
    try ResultStore(root: folder) { [self] text in warnings.withLock { $0.append(text) } }
  }

  func files(of key: CacheKey) -> [String] {
    let place = "\(folder)/partial/\(key.hex)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return names.sorted().map { "\(place)/\($0)" }
  }

  func setAge(of key: CacheKey, days: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -days * 86_400)],
      ofItemAtPath: "\(folder)/partial/\(key.hex)")
  }
}

@Suite struct PartialResultTests {
  @Test func partsComeBackUntilTheResultIsWhole() throws {
    let fixture = Fixture()
    let first = try fixture.store().parts(of: key)
    #expect(first.count == 0 && first.part(0) == nil)
    for index in [0, 3, 11] { try first.keep(Data("part \(index)".utf8), as: index) }
    // Another process knows only what is on disk.
    let parts = try fixture.store().parts(of: key)
    #expect(parts.count == 3)
    #expect(parts.part(3) == Data("part 3".utf8) && parts.part(11) == Data("part 11".utf8))
    #expect(parts.part(1) == nil)
    #expect(try fixture.store().parts(of: other).count == 0)
    try fixture.store().put(key, summary: 1, numbers: .none)
    #expect(!FileManager.default.fileExists(atPath: "\(fixture.folder)/partial/\(key.hex)"))
    #expect(fixture.warnings.withLock { $0.isEmpty })
  }

  @Test(arguments: ["a bit", "the end", "all"])
  func aDamagedPartIsAWarningAndNoPart(what: String) throws {
    let fixture = Fixture()
    let sound = Data((0..<200).map { UInt8($0) })
    try fixture.store().parts(of: key).keep(sound, as: 7)
    let file = try #require(fixture.files(of: key).first)
    var damaged = sound
    switch what {
    case "a bit": damaged[150] ^= 1
    case "the end": damaged.removeLast()
    default: damaged = Data()
    }
    try damaged.write(to: URL(filePath: file))
    let parts = try fixture.store().parts(of: key)
    #expect(parts.part(7) == nil)
    #expect(fixture.warnings.withLock { $0.count == 1 && $0[0].contains("corrupt") })
    // The next one finds the part that took its place.
    try parts.keep(sound, as: 7)
    #expect(try fixture.store().parts(of: key).part(7) == sound)
    #expect(fixture.files(of: key).count == 1)
  }

  @Test func aCleanUpTakesOldPartsAndThoseOfWholeResults() throws {
    let fixture = Fixture()
    let store = try fixture.store()
    let now = Date().timeIntervalSince1970
    for one in [key, other] { try store.parts(of: one).keep(Data([1]), as: 0) }
    #expect(try store.collectParts(age: 86_400, now: now) == 0)
    try fixture.setAge(of: key, days: 2)
    // A run that computes the result holds the lock of its key.
    _ = try store.value(for: key) { store in
      #expect(try store.collectParts(age: 86_400, now: now) == 0)
      #expect(fixture.files(of: key).count == 1)
      return try store.put(key, summary: 1, numbers: .none)
    }
    // Killed between the two: the result is there and its parts are as well.
    try store.parts(of: key).keep(Data([1]), as: 0)
    #expect(try store.collectParts(age: 86_400, now: now) == 1)
    #expect(fixture.files(of: key).isEmpty && fixture.files(of: other).count == 1)
    try fixture.setAge(of: other, days: 2)
    #expect(try store.collectParts(age: 86_400, now: now) == 1)
    #expect(fixture.files(of: other).isEmpty)
  }
}

@Suite struct WorkFolderTests {
  @Test func noTwoWorkInOneFolder() throws {
    let parent = NSTemporaryDirectory() + "merepl-work-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: parent) }
    func take(_ body: (String) throws -> Void) throws {
      let folder = try WorkFolder("a", in: parent)
      try body(folder.path)
      extendLifetime(folder)
    }
    var first = ""
    try take { one in
      first = one
      try FileManager.default.createDirectory(
        atPath: one, withIntermediateDirectories: true)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: one)
      try take { two in
        #expect(two != one)
        try take { three in #expect(three != two && three != one) }
      }
      // Held folders stay, however old.
      #expect(WorkFolder.collect(in: parent, age: 60, now: Date().timeIntervalSince1970) == 0)
      #expect(FileManager.default.fileExists(atPath: one))
    }
    // Whoever comes later goes on in it.
    try take { #expect($0 == first) }
    #expect(FileManager.default.fileExists(atPath: first))
    #expect(WorkFolder.collect(in: parent, age: 60, now: Date().timeIntervalSince1970) == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent).isEmpty)
  }
}
