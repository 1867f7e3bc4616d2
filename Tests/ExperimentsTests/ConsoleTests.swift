import Canonical
import Experiments
import Foundation
import JSON
import Synchronization
import Testing

/// A clock that is set by hand, and the text that was written.
private final class Screen: Sendable {
  let time = Mutex(0.0)
  let text = Mutex("")

  func display(_ mode: ProgressDisplay.Mode, width: Int = 80) -> ProgressDisplay {
    ProgressDisplay(
      mode: mode, write: { [self] piece in text.withLock { $0 += piece } },
      now: { [self] in time.withLock { $0 } }, width: { width })
  }

  func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
  var shown: String { text.withLock { $0 } }
}

@Suite struct ProgressTests {
  @Test func aLogHasOneLineAStepAndOneEveryThirtySeconds() {
    let screen = Screen()
    let step = screen.display(.lines).begin("extract", total: 100, unit: "clips")
    for _ in 0..<100 {
      screen.wait(1)
      step.advance()
    }
    step.end()
    #expect(
      screen.shown == """
        extract (100 clips)
        extract 30/100 clips, 1.00 clips/s, 1 min 10 s left
        extract 60/100 clips, 1.00 clips/s, 40 s left
        extract 90/100 clips, 1.00 clips/s, 10 s left
        extract done, 100 clips in 1 min 40 s

        """)
    #expect(!screen.shown.contains("\u{1B}"))
  }

  @Test func aStepThatWasStoppedSaysHowFarItCame() {
    let screen = Screen()
    let display = screen.display(.lines)
    let step = display.begin("extract", total: 200, unit: "clips")
    screen.wait(2.6)
    step.advance()
    step.end()
    let whole = display.begin("extract", total: 1, unit: "clips")
    whole.advance()
    whole.end()
    #expect(
      screen.shown == """
        extract (200 clips)
        extract stopped after 1 of 200 clips, 2.6 s
        extract (1 clips)
        extract done, 1 clip in 0.0 s

        """)
  }

  @Test func theBarFitsTheTerminal() {
    for width in [10, 30, 60, 100] {
      let screen = Screen()
      let step = screen.display(.bar(color: false), width: width).begin("train", total: 8)
      screen.wait(2)
      step.advance(by: 4, note: "loss 0.5")
      let lines = screen.shown.components(separatedBy: "\r\u{1B}[2K")
      #expect(lines.allSatisfy { $0.count < width })
      if width == 100 {
        #expect(
          lines.last
            == "train [====================>                   ]  50% 2.00 steps/s, 2.0 s left, loss 0.5"
        )
      }
    }
  }

  @Test func quietShowsOnlyMessages() {
    let screen = Screen()
    let display = screen.display(.quiet)
    let step = display.begin("train", total: 2)
    step.advance()
    step.end()
    display.message("note: done")
    #expect(screen.shown == "note: done\n")
  }

  @Test func manyThreadsCountCorrectly() async {
    let screen = Screen()
    let step = screen.display(.lines).begin("extract", total: 4000, unit: "clips")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<1000 { step.advance() } } }
    }
    screen.wait(4)
    step.end()
    #expect(screen.shown.hasSuffix("extract done, 4000 clips in 4.0 s\n"))
  }

  @Test func colorFollowsTheEnvironment() {
    #expect(!ColorChoice.auto.isOn(for: 1, environment: ["NO_COLOR": "1", "FORCE_COLOR": "1"]))
    #expect(ColorChoice.auto.isOn(for: 1, environment: ["NO_COLOR": "", "FORCE_COLOR": "1"]))
    #expect(ColorChoice.always.isOn(for: 1, environment: ["NO_COLOR": "1"]))
    #expect(!ColorChoice.never.isOn(for: 1, environment: ["FORCE_COLOR": "1"]))
  }
}

@Suite struct CancellationTests {
  /// In a process of its own: whoever computes in this one would see the flag and stop.
  @Test func signalsRaiseTheFlag() async {
    await #expect(processExitsWith: .success) {
      Cancellation.install()
      try checkCancellation()
      for (signal, code) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
        // To the process, not to this thread: worker threads block signals.
        kill(getpid(), signal)
        for _ in 0..<200 where !Cancellation.isRequested { usleep(10_000) }
        #expect(throws: CancelledError(signal: signal)) { try checkCancellation() }
        #expect(Cancellation.error.exitCode == code)
        Cancellation.reset()
      }
      try checkCancellation()
    }
  }
}

@Suite struct RunRecordTests {
  @Test func recordHoldsWhatALockMustNot() throws {
    let folder = NSTemporaryDirectory() + "merepl-runs-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let record = RunRecord(
      arguments: ["merepl", "run", "a.me"], versions: { ["oneDNN": "2.6.3"] },
      settings: ["threads": 2], source: SourceState(commit: "abc", changedFiles: ["x.swift"]))
    let content = ContentHash(of: [1])
    record.add(.init(name: "extract", seconds: 2, outcome: "cached", content: content))
    record.add(.init(name: "train", seconds: 3, outcome: "failed", ownSeconds: 1))
    record.warn("something odd")
    let curve = record.begin(LossCurve(title: "training", names: ["loss"]))
    for step in 0..<10 { record.extend(curve: curve, by: [Double(step)]) }
    let path = try record.write(in: folder, exitCode: 130)
    #expect(try record.write(in: folder, exitCode: 0) != path)
    let json = try JSONNode(contentsOfFile: path)
    #expect(try json.strings("arguments") == ["merepl", "run", "a.me"])
    #expect(try json.object("versions").string("oneDNN") == "2.6.3")
    #expect(try json.object("source").bool("dirty"))
    #expect(try json.int("exit_code") == 130)
    #expect(try json.objects("steps").map { try $0.string("outcome") } == ["cached", "failed"])
    #expect(try json.int("peak_memory_bytes") > 1_000_000)
    #expect(try json.strings("warnings") == ["something odd"])
    let losses = try json.objects("loss_curves")[0].array("points").map {
      try $0.asArray()[0].asDouble()
    }
    #expect(losses == (0..<10).map(Double.init))
    let past = try PastRun(contentsOfFile: path)
    #expect(past.exitCode == 130 && past.isDirty && past.steps.map(\.ownSeconds) == [2, 1])
    #expect(past.steps[0].content == content && past.steps[1].content == nil)
    #expect(try !json.object("machine").string("processor").isEmpty)
  }
}

@Suite struct TextTests {
  @Test(arguments: [
    (0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (20 << 20, "20 MiB"),
    ((1 << 20) - 1, "1.0 MiB"), (3 << 30, "3.0 GiB"),
  ])
  func sizesAreShort(bytes: Int, text: String) { #expect(ByteText.short(bytes) == text) }

  @Test func wordsAreQuotedAsAShellTakesThem() {
    let words = ["run", "a.me", "--set", "n=3", "a red square", "it's", ""]
    #expect(
      words.map(ShellText.quoted).joined(separator: " ")
        == "run a.me --set n=3 'a red square' 'it'\\''s' ''")
  }

  @Test(arguments: [
    ("extract", "5 steps", "extract 5 steps"), ("text_use", "text_use", "text_use"),
    ("localisation", "localisation of all", "localisation of all"), ("run", "", "run"),
    ("head_scores", "head_scores, all", "head_scores, all"), ("rank", "ranks", "rank ranks"),
  ])
  func aNameIsSaidOnce(name: String, label: String, text: String) {
    #expect(ResultTitle.text(name, label) == text)
  }
}
