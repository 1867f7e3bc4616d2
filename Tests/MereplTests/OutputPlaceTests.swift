import Foundation
import Testing

/// What stands at the path of an output stays what it is: a link, a pipe, a device.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct OutputPlaceTests {
  private let program: Program

  init() throws {
    program = try Program()
    try program.write("me 1\ntable \"T\" { row \"r\": 1 }\n", to: "a.me")
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
  }

  private func kind(_ name: String) -> mode_t {
    var status = stat()
    return lstat("\(program.folder)/\(name)", &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(program.folder)/\(name)", withDestinationPath: target)
  }

  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/sub", withIntermediateDirectories: true)
    try program.write("me 1\nprint   1\n", to: "sub/real.me")
    try link("one.me", to: "sub/two.me")
    try link("sub/two.me", to: "real.me")
    #expect(try program.run("fmt", "one.me").status == 0)
    #expect(kind("one.me") == S_IFLNK && kind("sub/two.me") == S_IFLNK)
    #expect(try program.read("sub/real.me") == "me 1\nprint 1\n")
    // A link to what is not there yet makes it.
    try link("page.html", to: "sub/page.html")
    #expect(try program.run("report", "a.me", "-o", "page.html").status == 0)
    #expect(kind("page.html") == S_IFLNK && kind("sub/page.html") == S_IFREG)
    // The place is that of the target.
    try link("lost.html", to: "nowhere/page.html")
    let lost = try program.run("report", "a.me", "-o", "lost.html")
    #expect(
      lost.status == 1 && lost.errors.contains("directory nowhere does not exist"), "\(lost.errors)"
    )
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(program.folder)/sub")
    #expect(names.sorted() == ["page.html", "real.me", "two.me"])
  }

  @Test(arguments: [["bundle", "a.me", "-o"], ["report", "a.me", "-o"]])
  func aPipeGetsTheBytes(arguments: [String]) throws {
    let path = "\(program.folder)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    // Held open for both, so that neither end waits; a page and a bundle fit into it.
    let end = open(path, O_RDWR)
    defer { close(end) }
    let outcome = try program.run(arguments + ["pipe"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(kind("pipe") == S_IFIFO)
    var bytes = [UInt8](repeating: 0, count: 4096)
    #expect(read(end, &bytes, bytes.count) > 100)
  }

  /// A movie is not written in order.
  @Test func anOverlayIsRefusedByAPipeBeforeTheWork() throws {
    #expect(mkfifo("\(program.folder)/o.mp4", 0o600) == 0)
    let outcome = try program.run(
      "extract", "data/scenes/world.json", "--text", "a", "-o", "p", "--overlay", "o.mp4")
    #expect(outcome.status == 1 && outcome.errors.contains("it is a pipe"), "\(outcome.errors)")
    #expect(kind("o.mp4") == S_IFIFO)
  }

  /// A device of our own, as only root may make; never one of the system's.
  @Test func aDeviceStaysADevice() throws {
    let path = "\(program.folder)/nul"
    // As /dev/null: 1, 3.
    guard mknod(path, S_IFCHR | 0o666, 1 << 8 | 3) == 0, access(path, W_OK) == 0 else { return }
    let end = open(path, O_WRONLY)
    guard end >= 0 else { return }
    close(end)
    try program.write("{}", to: "in.safetensors")
    for arguments in [["bundle", "a.me", "-o"], ["report", "a.me", "-o"]] {
      let outcome = try program.run(arguments + ["nul"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(kind("nul") == S_IFCHR, "\(arguments)")
    }
    let preprocessed = try program.run(
      "preprocess", "data/checkpoints/qwen2.5-vl-mini-0", "--text", "hello", "--out", "nul")
    #expect(kind("nul") == S_IFCHR, "\(preprocessed.errors)")
  }

  @Test func aScriptDoesNotWriteThroughALinkOutOfItsFolders() throws {
    let outside = NSTemporaryDirectory() + "merepl-outside-\(UUID().uuidString).svg"
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/figures", withIntermediateDirectories: true)
    try link("figures/f.svg", to: outside)
    try program.write(
      "me 1\nfigure \"f\" bars({all: {one: [1.0]}}, y_label: \"y\")\n", to: "b.me")
    let outcome = try program.run("run", "b.me")
    #expect(
      outcome.status == 1 && outcome.errors.contains("through a symbolic link"),
      "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: outside))
  }
}
