import Dispatch
import Foundation
import Synchronization

/// Work split over threads. The partition is fixed by the work alone, so the number of threads
/// changes the time and never a bit.
public enum Workers {
  /// Threads in use; `--threads` or `MEREPL_THREADS`, else the processors of the machine.
  public static var count: Int {
    get { threads.load(ordering: .relaxed) }
    set { threads.store(max(1, newValue), ordering: .relaxed) }
  }

  private static let threads: Atomic<Int> = {
    let fromEnvironment = ProcessInfo.processInfo.environment["MEREPL_THREADS"].flatMap(Int.init)
    return Atomic(max(1, fromEnvironment ?? ProcessInfo.processInfo.activeProcessorCount))
  }()

  /// Runs `body` for every index, each on some thread, and returns the results in index order.
  /// The first error by index is thrown after all have stopped.
  public static func map<T: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> T
  ) throws -> [T] {
    let results = Slots<Result<T, any Error>>(count)
    let recording = Recording.isEnabled
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(count, self.count)) { _ in
      Recording.$isEnabled.withValue(recording) {
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if index >= count { return }
          results[index] = Result { try body(index) }
        }
      }
    }
    return try (0..<count).map { try results[$0]!.get() }
  }
}

/// A fixed number of places, each written by one thread only.
private final class Slots<T>: @unchecked Sendable {
  private let memory: UnsafeMutablePointer<T?>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    memory = .allocate(capacity: max(count, 1))
    memory.initialize(repeating: nil, count: count)
  }

  deinit {
    memory.deinitialize(count: count)
    memory.deallocate()
  }

  subscript(index: Int) -> T? {
    get { memory[index] }
    set { memory[index] = newValue }
  }
}
