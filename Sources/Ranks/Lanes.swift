/// The samples of a batch, dealt to a fixed number of lanes. A lane takes its samples in order; how
/// many threads run the lanes does not matter.
public enum Lanes {
  /// Consecutive ranges that cover `0..<count`: one for each lane, fewer where there are fewer
  /// samples. Their lengths differ by one at most.
  public static func ranges(_ count: Int, lanes: Int) -> [Range<Int>] {
    precondition(lanes > 0, "\(lanes) lanes")
    let used = min(lanes, count)
    return (0..<used).map { $0 * count / used..<($0 + 1) * count / used }
  }
}
