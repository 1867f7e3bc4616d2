import Files
import Foundation
import Sandbox
import Testing

/// The watch over a confined program.
@Suite(.serialized) struct SupervisorTests {
  private func outcome(
    _ line: String, seconds: Double = 20, bytes: Int = 1 << 30
  ) throws -> Supervisor.Outcome {
    var confinement = Confinement(.computing)
    confinement.executables = ["/bin/sh", "/bin/sleep", "/bin/cat"].compactMap(RealPath.of)
    confinement.limits = [.noCoreFile]
    return try Supervisor(
      program: ConfinedProgram(
        path: "/bin/sh", arguments: ["sh", "-c", line], environment: ["PATH": "/usr/bin:/bin"]),
      confinement: confinement, seconds: seconds, writtenBytes: bytes
    ).run()
  }

  @Test func aStatusIsPassedOn() throws {
    #expect(try outcome("exit 0") == .ended(status: 0))
    #expect(try outcome("exit 37") == .ended(status: 37))
  }

  @Test func aSignalIsNamed() throws {
    guard case .killed(let signal, _) = try outcome("kill -SEGV $$") else {
      Issue.record("it was not killed")
      return
    }
    #expect(signal == SIGSEGV)
  }

  @Test func whatRunsTooLongIsKilledAlsoWhenItIsStopped() throws {
    #expect(try outcome("sleep 60", seconds: 0.3) == .ranTooLong)
    #expect(try outcome("kill -STOP $$", seconds: 0.3) == .ranTooLong)
    #expect(try outcome("trap '' TERM INT; while :; do :; done", seconds: 0.3) == .ranTooLong)
  }

  @Test func whatWritesTooMuchIsKilled() throws {
    #expect(
      try outcome("while :; do cat /proc/cpuinfo > /dev/null; done", bytes: 1 << 10)
        != .ended(status: 0))
    #expect(
      try outcome("while :; do echo xxxxxxxxxxxxxxxx > /dev/null; done", bytes: 1 << 10)
        == .wroteTooMuch)
  }
}
