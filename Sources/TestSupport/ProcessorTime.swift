import Foundation

/// Processor time of this thread in seconds: what else the machine does is not counted, so that a
/// limit on it means the same on a busy machine.
public func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
