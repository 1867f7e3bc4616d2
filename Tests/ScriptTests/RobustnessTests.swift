import Diagnostics
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import Synchronization
import TestSupport
import Testing

/// Scripts come from strangers: whatever the text, the tool answers with messages.
@Suite struct RobustnessTests {
  /// A small generator, so that a failure can be repeated.
  struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % sides
    }
  }

  static let pieces = [
    "(", ")", "[", "]", "{", "}", "\"", "|>", ",", ":", ";", "\n", "=", "==", "-", "..", ".", "#",
    "##", "fn", "let", "if", "else", "for", "in", "x", "1", "0.5", "not", "row \"a\": 1", "\u{0}",
    "é", "\\", "table \"t\" {", "param p: int = 1", "include \"a\"", "9223372036854775807", "**",
  ]

  static func mutate(_ text: String, _ dice: inout Dice) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0...dice.roll(4) {
      let place = dice.roll(bytes.count + 1)
      switch dice.roll(3) {
      case 0: bytes.insert(contentsOf: Array(pieces[dice.roll(pieces.count)].utf8), at: place)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + dice.roll(12)))
      default: if place < bytes.count { bytes[place] = UInt8(dice.roll(256)) }
      }
    }
    return bytes
  }

  @Test(arguments: GoldenScript.all)
  func brokenScriptsGiveMessages(_ script: GoldenScript) {
    var dice = Dice(state: UInt64(script.text.utf8.count))
    let limits = Limits(steps: 2000, stringBytes: 10_000, listCount: 1000)
    for _ in 0..<20 {
      let bytes = Self.mutate(script.text, &dice)
      let program = Program.load(SourceFile(path: "mutant.me", bytes: bytes))
      let interpreter = Interpreter(host: FakeHost(), limits: limits)
      do {
        try interpreter.run(program)
      } catch let failure as CheckFailure {
        #expect(failure.diagnostics.containsErrors)
        #expect(!failure.description.isEmpty)
      } catch {
        #expect(error is ScriptError)
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  /// The deepest evaluation the limits allow fits on the small stack of a secondary thread.
  @Test func deepestEvaluationFitsOnTheStack() throws {
    // Each function nests its call 150 expressions deep and calls the one before it.
    var text = "me 1\nfn f0(x) { x }\n"
    for index in 1...60 {
      let opening = String(repeating: "[", count: 90)
      let closing = String(repeating: "][0]", count: 90)
      text += "fn f\(index)(x) { \(opening)f\(index - 1)(x)\(closing) }\n"
    }
    text += "print f60(1)\n"
    let script = Script.parse(text, path: "deep.me")
    #expect(script.diagnostics.isEmpty)
    let outcome = OnThread.run(stackBytes: 4 << 20) { () -> DiagnosticCode? in
      let limits = Limits(valueDepth: 1000)
      do {
        try Interpreter(host: FakeHost(), limits: limits).run(script)
        return nil
      } catch {
        return (error as? ScriptError)?.diagnostic.code
      }
    }
    #expect(outcome == .depthLimit)
  }

  @Test func deepestTreeFitsOnTheStack() {
    let outcome = OnThread.run(stackBytes: 1 << 20) { () -> Int in
      let text = "me 1\nprint " + String(repeating: "[", count: 5000) + "\n"
      return Script.parse(text, path: "deep.me").diagnostics.count
    }
    #expect(outcome == 1)
  }
}

/// Runs a body on a thread with a stack of known size.
enum OnThread {
  static func run<Result: Sendable>(
    stackBytes: Int, _ body: @escaping @Sendable () -> Result
  ) -> Result? {
    let box = ResultBox<Result>()
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      box.value.withLock { $0 = body() }
      finished.signal()
    }
    thread.stackSize = stackBytes
    thread.start()
    finished.wait()
    return box.value.withLock { $0 }
  }
}

private final class ResultBox<Result: Sendable>: Sendable {
  let value = Mutex<Result?>(nil)
}
