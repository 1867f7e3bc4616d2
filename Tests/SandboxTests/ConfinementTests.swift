import Files
import Foundation
import Sandbox
import Testing

/// What the kernel keeps a confined program from. Skipped where the kernel has nothing to keep it
/// with.
@Suite struct ConfinementTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "confined-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: "\(folder)/open", withIntermediateDirectories: true)
    try "secret".write(toFile: "\(folder)/secret", atomically: true, encoding: .utf8)
  }

  private static let hasLandlock = KernelSupport.current.landlock > 0
  private static let hasSeccomp = KernelSupport.current.hasSeccomp

  /// What a line of shell prints; nil where it failed.
  private func shell(_ line: String, _ calls: SystemCalls = .alone) throws -> String? {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var confinement = Confinement(calls)
    confinement.executables = ["/bin/sh", "/bin/cat"].compactMap(RealPath.of)
    confinement.writable = ["\(folder)/open"]
    confinement.limits = [.fileSize(1 << 16), .noCoreFile, .processorSeconds(10)]
    let program = ConfinedProgram(
      path: "/bin/sh", arguments: ["sh", "-c", line], environment: ["PATH": "/usr/bin:/bin"])
    return try program.output(confinement, in: folder, seconds: 20)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func itComputesAndWritesWhereItMay() throws {
    #expect(
      try shell("echo $((2 + 3)) > open/x; read y < open/x; echo \"got $y\"") == "got 5\n")
  }

  @Test(.enabled(if: hasLandlock, "this kernel has no Landlock"))
  func otherFilesAreClosed() throws {
    #expect(try shell("read x < secret && echo $x; echo end") == "end\n")
  }

  @Test(.enabled(if: hasLandlock, "this kernel has no Landlock"))
  func nothingIsWrittenElsewhere() throws {
    #expect(try shell("echo x 2>&- > new; [ -e new ] || echo none") == "none\n")
  }

  @Test(.enabled(if: hasLandlock, "this kernel has no Landlock"))
  func aLinkOutIsNoWay() throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/open/way", withDestinationPath: "../secret")
    #expect(try shell("read x < open/way && echo $x; echo end") == "end\n")
  }

  @Test(.enabled(if: hasLandlock, "this kernel has no Landlock"))
  func otherProgramsAreNotStarted() throws {
    #expect(try shell("exec /usr/bin/env") == nil)
  }

  @Test(.enabled(if: hasSeccomp, "this kernel filters no system calls"))
  func aloneMeansWithoutChildren() throws {
    #expect(try shell("/bin/cat /dev/null; echo end") != "end\n")
  }

  @Test(.enabled(if: hasSeccomp, "this kernel filters no system calls"))
  func withChildrenItHasThem() throws {
    #expect(try shell("/bin/cat /dev/null; echo end", .computing) == "end\n")
  }

  @Test func aFileHasASize() throws {
    let line =
      "trap '' XFSZ; i=0; while [ $i -lt 20 ]; do echo \(String(repeating: "x", count: 8000)); i=$((i + 1)); done > open/long; echo end"
    _ = try shell(line + "; exit 0")
    var status = stat()
    #expect(stat("\(folder)/open/long", &status) != 0 || status.st_size <= 1 << 16)
  }

  @Test func aFilterIsAnArrayOfInstructions() throws {
    for calls in [SystemCalls.alone, .computing] {
      let filter = try calls.filter()
      #expect(filter.count % 8 == 0 && filter.count > 800)
    }
  }

  @Test func whatIsMissingIsNamed() {
    let none = KernelSupport(landlock: 0, hasSeccomp: false, without: "")
    #expect(none.gaps.count == 2)
    #expect(none.gaps[0].contains("no Landlock") && none.gaps[1].contains("no seccomp"))
    #expect(KernelSupport(landlock: 7, hasSeccomp: true, without: "").gaps.isEmpty)
    #expect(KernelSupport(landlock: 7, hasSeccomp: true, without: "landlock").gaps.count == 1)
  }

  @Test func programsAreTheSystems() throws {
    #expect(SystemProgram.find("sh") != nil)
    #expect(SystemProgram.find("no such program") == nil)
    #expect(SystemProgram.find("../bin/sh")?.hasPrefix("/") != false)
  }
}
