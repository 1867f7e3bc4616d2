import Checkpoints
import Foundation
import Testing

@Suite struct AtomicFileTests {
  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    let folder = try ScratchFolder()
    let target = try folder.file("target", text: "old")
    let link = folder.path + "/link"
    #expect(symlink("target", link) == 0)
    try AtomicFile.write(text: "new", to: link)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "new")
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
  }

  @Test func aPipeGetsTheBytes() throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let end = open(path, O_RDWR)
    defer { close(end) }
    try AtomicFile.write(text: "some bytes", to: path)
    var bytes = [UInt8](repeating: 0, count: 64)
    #expect(read(end, &bytes, bytes.count) == 10)
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }
}
