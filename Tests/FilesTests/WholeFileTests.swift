import Files
import Foundation
import Testing

@Suite struct WholeFileTests {
  private let folder: String

  init() throws { folder = try Folders.makeTemporary(prefix: "merepl-files-") }

  private func text(_ name: String) -> String? {
    RegularFile.contents("\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  @Test func aFileIsReplacedAsAWhole() throws {
    defer { Folders.remove(folder) }
    let path = "\(folder)/a"
    try WholeFile.write(text: "old", to: path)
    let reader = try FileHandle(forReadingFrom: URL(filePath: path))
    try WholeFile.write(text: "new", to: path)
    #expect(text("a") == "new" && names == ["a"])
    // Who had opened the old file goes on reading it.
    #expect(try reader.readToEnd() == Data("old".utf8))
  }

  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    defer { Folders.remove(folder) }
    try WholeFile.write(text: "old", to: "\(folder)/target")
    #expect(symlink("target", "\(folder)/link") == 0)
    try WholeFile.write(text: "new", to: "\(folder)/link")
    #expect(text("target") == "new")
    var status = stat()
    #expect(lstat("\(folder)/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(names == ["link", "target"])
  }

  @Test func aPipeGetsTheBytes() throws {
    defer { Folders.remove(folder) }
    let path = "\(folder)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let end = open(path, O_RDWR)
    defer { close(end) }
    try WholeFile.write(text: "some bytes", to: path)
    var bytes = [UInt8](repeating: 0, count: 64)
    #expect(read(end, &bytes, bytes.count) == 10)
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func anErrorNamesThePathAndTheReason() throws {
    defer { Folders.remove(folder) }
    func message(_ path: String) -> String {
      do {
        try WholeFile.write(text: "x", to: path)
        return "written"
      } catch { return "\(error)" }
    }
    let absent = "\(folder)/none/x"
    #expect(message(absent) == "cannot write \(absent): No such file or directory")
    #expect(message(folder) == "cannot write \(folder): Is a directory")
    #expect(names == [])
  }

  @Test func whatFailsLeavesTheOldFile() throws {
    defer { Folders.remove(folder) }
    struct Stop: Error {}
    try WholeFile.write(text: "old", to: "\(folder)/a")
    #expect(throws: Stop.self) {
      try WholeFile.write(to: "\(folder)/a") { file in
        try file.append([1, 2, 3] as [UInt8])
        throw Stop()
      }
    }
    #expect(text("a") == "old" && names == ["a"])
  }

  @Test func aFileOfItsOwnFollowsNoLink() throws {
    defer { Folders.remove(folder) }
    let bytes = Array("x".utf8)
    try WholeFile.write(bytes, below: folder, to: "runs/one")
    #expect(text("runs/one") == "x")
    try WholeFile.write(text: "outside", to: "\(folder)/target")
    #expect(symlink("target", "\(folder)/link") == 0)
    #expect(symlink("runs", "\(folder)/way") == 0)
    for path in ["link", "way/two", "runs/../three", "runs"] {
      #expect(throws: LinkRefusal.self, "\(path)") {
        try WholeFile.write(bytes, below: folder, to: path)
      }
    }
    #expect(text("target") == "outside" && names == ["link", "runs", "target", "way"])
  }

  @Test func aFileThatIsMovedLater() throws {
    defer { Folders.remove(folder) }
    do {
      let file = try StagedFile(in: "\(folder)/objects", .unsynced)
      try file.append(Array("abc".utf8))
      try file.finish()
      #expect(text("a") == nil)
      try file.move(to: "\(folder)/a")
      _ = try StagedFile(in: "\(folder)/objects")
    }
    #expect(text("a") == "abc" && names == ["a", "objects"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/objects") == [])
  }
}

@Suite struct StagedFolderTests {
  @Test func aFolderAppearsAsAWhole() throws {
    try Folders.withTemporary { folder in
      let place = "\(folder)/in/model"
      func write(_ files: [String: String], replacing: Bool = true) throws {
        let staged = try StagedFolder(for: place)
        for (name, text) in files { try staged.write(Array(text.utf8), as: name) }
        try staged.commit(replacing: replacing)
      }
      try write(["a": "1", "b/c": "2"])
      try write(["d": "3"])
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: folder) == [
          "in", "in/model", "in/model/d",
        ])
      #expect(throws: FileFault.self) { try write(["e": "4"], replacing: false) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/in") == ["model"])
    }
  }

  @Test func whatWasGivenUpIsGone() throws {
    try Folders.withTemporary { folder in
      do {
        let staged = try StagedFolder(for: "\(folder)/model")
        try staged.write(Array("1".utf8), as: "a")
      }
      try Folders.make("\(folder)/.model.saving-1")
      StagedFolder.removeLeftovers(of: "\(folder)/model")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }
}
