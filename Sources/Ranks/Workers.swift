import Dispatch
import Foundation
import Synchronization

/// Work split over threads. The partition is fixed by the work alone, so the number of threads
/// changes the time and never a bit.
///
/// Parallelism is over samples first. What runs inside of one part is not split again, so a large
/// operation uses all threads only where it is the outermost work.
public enum Workers {
  /// Threads that the current work may use: those of ``using(_:_:)``, else ``defaultCount``. On a
  /// worker, whose part is not split again, 1.
  public static var count: Int { WorkContext.current.threads ?? defaultCount }

  /// Threads of work that does not choose: `--threads` or `MEREPL_THREADS`, else the processors of
  /// the machine. It is for the start of a program; work sets its own number with
  /// ``using(_:_:)``.
  public static var defaultCount: Int {
    get { threads.load(ordering: .relaxed) }
    set { threads.store(max(1, newValue), ordering: .relaxed) }
  }

  private static let threads: Atomic<Int> = {
    let fromEnvironment = ProcessInfo.processInfo.environment["MEREPL_THREADS"].flatMap(Int.init)
    return Atomic(max(1, fromEnvironment ?? ProcessInfo.processInfo.activeProcessorCount))
  }()

  /// Runs `body` with a number of threads of its own.
  public static func using<Result>(
    _ threads: Int, _ body: () throws -> Result
  ) rethrows -> Result {
    var context = WorkContext.current
    context.threads = max(1, threads)
    return try WorkContext.$current.withValue(context, operation: body)
  }

  /// Runs `body` for every index, each on some thread, and returns the results in index order.
  /// The first error by index is thrown after all have stopped.
  public static func map<T: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> T
  ) throws -> [T] {
    let results = Mutex([Result<T, any Error>?](repeating: nil, count: count))
    perform(count) { index in
      let result = Result { try body(index) }
      results.withLock { $0[index] = result }
    }
    return try results.withLock { $0 }.map { try $0!.get() }
  }

  /// Runs `body` for every index, each on some thread. Calls must not depend on one another.
  public static func forEach(_ count: Int, _ body: (Int) -> Void) { perform(count, body) }

  private static func perform(_ count: Int, _ body: (Int) -> Void) {
    let used = min(count, self.count)
    if used <= 1 {
      for index in 0..<count { body(index) }
      return
    }
    var context = WorkContext.current
    context.threads = 1
    let inherited = context
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      let shared = SharedWork(body: body)
      DispatchQueue.concurrentPerform(iterations: used) { _ in
        WorkContext.$current.withValue(inherited) {
          while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= count { return }
            shared.body(index)
          }
        }
      }
    }
  }

  /// Elements of a block of elementwise work, and the least number that is split at all: below it
  /// the start of the threads costs more than they save.
  private static let blockElements = 1 << 16
  private static let leastElements = 1 << 19

  /// Runs `body` for consecutive ranges that cover `0..<count`, in parallel where that pays.
  /// - Parameter width: elements that each index stands for
  public static func forEachBlock(of count: Int, width: Int = 1, _ body: (Range<Int>) -> Void) {
    guard count * width >= leastElements else { return count > 0 ? body(0..<count) : () }
    let block = max(1, blockElements / width)
    forEach((count + block - 1) / block) { index in
      body(index * block..<min(count, (index + 1) * block))
    }
  }

  /// Runs `body` for parts of `rows` rows of `width` elements each, in parallel where that pays:
  /// some whole rows, or a part of one row.
  public static func forEachPart(
    of rows: Int, width: Int, _ body: (_ rows: Range<Int>, _ part: Range<Int>) -> Void
  ) {
    if width >= blockElements {
      for row in 0..<rows { forEachBlock(of: width) { body(row..<row + 1, $0) } }
    } else {
      forEachBlock(of: rows, width: width) { body($0, 0..<width) }
    }
  }

  /// Floating-point operations from which a product is split.
  public static let leastOperations = 1 << 30
}

/// Work whose parts write to places of their own, which the compiler cannot see.
private struct SharedWork: @unchecked Sendable {
  let body: (Int) -> Void
}
