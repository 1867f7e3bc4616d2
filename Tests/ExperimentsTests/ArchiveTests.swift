import Experiments
import Foundation
import Testing

/// Archives of strangers: everything that a tar file can do beside holding files is refused.
@Suite struct ArchiveTests {
  /// One entry of a tar file, written by hand.
  private static func entry(
    _ name: String, type: Character = "0", content: String = "x", link: String = "",
    size: Int? = nil
  ) -> Data {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ at: Int) {
      for (index, byte) in text.utf8.prefix(100).enumerated() { header[at + index] = byte }
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    put(name, 0)
    put(octal(0o644, 7), 100)
    put(octal(0, 7), 108)
    put(octal(0, 7), 116)
    put(octal(size ?? content.utf8.count, 11), 124)
    put(octal(0, 11), 136)
    put("        ", 148)
    put(String(type), 156)
    put(link, 157)
    put("ustar\u{0}00", 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", 148)
    var data = Data(header) + Data(content.utf8)
    data.append(Data(count: (512 - data.count % 512) % 512))
    return data
  }

  private static func tar(_ entries: Data...) -> Data {
    entries.reduce(Data(), +) + Data(count: 1024)
  }

  @Test func theHandMadeArchiveIsReadWhenItIsSound() throws {
    let files = try Archive.files(Self.tar(Self.entry("a/b.txt"), Self.entry("c")))
    #expect(files.map(\.path) == ["a/b.txt", "c"] && files[0].data == Data("x".utf8))
  }

  static let hostile: [(String, Data)] = [
    ("is absolute", tar(entry("/etc/passwd"))),
    ("begins with a dot", tar(entry("../x"))),
    ("begins with a dot", tar(entry("a/../../x"))),
    ("begins with a dot", tar(entry("./x"))),
    ("begins with a dot", tar(entry(".git/config"))),
    ("begins with a dot", tar(entry("a/.merepl"))),
    ("empty component", tar(entry("a//x"))),
    ("empty component", tar(entry("a/"))),
    ("control characters", tar(entry("a\u{1B}[2Jx"))),
    ("control characters", tar(entry("a\\x"))),
    ("deep", tar(entry(String(repeating: "a/", count: 40) + "x"))),
    ("is a link", tar(entry("x", type: "2", content: "", link: "/etc/passwd"))),
    ("is a link", tar(entry("a"), entry("x", type: "1", content: "", link: "a"))),
    ("a directory or a device", tar(entry("x", type: "3", content: ""))),
    ("a directory or a device", tar(entry("x", type: "4", content: ""))),
    ("a directory or a device", tar(entry("x", type: "6", content: ""))),
    ("appears twice", tar(entry("x"), entry("y"), entry("x"))),
    ("are allowed", tar(entry("x", size: 8 << 30))),
  ]

  @Test(arguments: hostile)
  func whatIsNoPlainFileIsRefused(reason: String, data: Data) throws {
    let error = #expect(throws: ArchiveError.self) { try Archive.files(data) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test func limitsHold() throws {
    var limits = ArchiveLimits()
    limits.files = 2
    let three = Self.tar(Self.entry("a"), Self.entry("b"), Self.entry("c"))
    #expect(throws: ArchiveError.self) { try Archive.files(three, limits: limits) }
    #expect(try Archive.files(three).count == 3)
    // 40 MiB of zeros in some 40 KiB: 200 to 1 is the limit beyond the first MiB.
    let bomb = try Archive.data([ArchivedFile(path: "zeros", data: Data(count: 40 << 20))])
    #expect(bomb.count < 100_000)
    let error = #expect(throws: ArchiveError.self) { try Archive.files(bomb) }
    #expect(error?.reason.contains("in total") == true)
  }

  @Test(arguments: [0, 1, 100, 511, 700])
  func aTornArchiveIsRefused(bytes: Int) throws {
    let whole = try Archive.data([ArchivedFile(path: "a", data: Data((0..<255).map { $0 }))])
    let tar = Self.tar(
      Self.entry("a"), Self.entry("b", content: String(repeating: "x", count: 900)))
    if bytes > 0 {
      #expect(throws: ArchiveError.self) { try Archive.files(whole.prefix(whole.count - 30)) }
      #expect(throws: ArchiveError.self) { try Archive.files(tar.prefix(1024 + bytes)) }
    }
    #expect(throws: ArchiveError.self) { try Archive.files(Data("no archive at all".utf8)) }
  }

  @Test func theSameFilesGiveTheSameBytes() throws {
    let files = (0..<20).map { ArchivedFile(path: "f/\($0) ü", data: Data("\($0)".utf8)) }
    let data = try Archive.data(files)
    #expect(try Archive.data(files.reversed()) == data)
    #expect(Set(try Archive.files(data)) == Set(files))
  }
}
