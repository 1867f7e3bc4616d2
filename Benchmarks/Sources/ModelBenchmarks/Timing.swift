import Dispatch
import Synchronization

/// Seconds that repeats of one piece of work took.
struct Timing {
  let seconds: [Double]

  /// - Parameter seconds: one for each repeat, at least one
  init(_ seconds: [Double]) {
    precondition(!seconds.isEmpty, "no repeat was timed")
    self.seconds = seconds.sorted()
  }

  var minimum: Double { seconds[0] }

  var median: Double {
    let middle = seconds.count / 2
    return seconds.count % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2
  }

  /// Runs `body` once untimed, then `repeats` times.
  /// - Parameter inner: runs that one time is the mean of, for work of microseconds
  static func measure(
    repeats: Int, inner: Int = 1, _ body: () throws -> Void
  ) rethrows -> Timing {
    for _ in 0..<inner { try body() }
    var seconds: [Double] = []
    for _ in 0..<repeats {
      let start = DispatchTime.now().uptimeNanoseconds
      for _ in 0..<inner { try body() }
      let end = DispatchTime.now().uptimeNanoseconds
      seconds.append(Double(end - start) / 1e9 / Double(inner))
    }
    return Timing(seconds)
  }
}

/// Times the steps of a training run from its callbacks.
final class StepClock: Sendable {
  private struct State {
    /// Nil between two steps.
    var started: UInt64?
    var seconds: [Double] = []
  }
  private let state = Mutex(State())

  /// One for each step so far.
  var seconds: [Double] { state.withLock { $0.seconds } }

  /// Begins a step, at the first call after ``stop()``: a training asks before every sample, too.
  func start() {
    let now = DispatchTime.now().uptimeNanoseconds
    state.withLock { state in
      if state.started == nil { state.started = now }
    }
  }

  func stop() {
    let now = DispatchTime.now().uptimeNanoseconds
    state.withLock { state in
      state.seconds.append(Double(now - (state.started ?? now)) / 1e9)
      state.started = nil
    }
  }
}

/// One training run: what it measured by step, and how long each step took.
struct TimedTraining {
  /// Values by step.
  let losses: [[Double]]
  let seconds: [Double]

  /// Times without those of the first `warmup` steps.
  func timing(warmup: Int) -> Timing { Timing(Array(seconds.dropFirst(warmup))) }

  /// Throws unless both runs saw the same bits.
  static func requireEqual(_ what: String, _ one: TimedTraining, _ two: TimedTraining) throws {
    guard one.losses == two.losses else {
      throw BenchmarkError(
        "\(what): losses \(one.losses) on one thread, \(two.losses) on two; they must be equal")
    }
  }
}
