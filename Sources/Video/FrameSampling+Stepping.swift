extension FrameSampling {
  /// Frames at equal steps from `shift` on: `torch.arange(shift, total, total / count).int()`, by
  /// which the video processors of transformers sample. Rounding may give one frame more.
  ///
  /// PyTorch makes sixteen values at a time, in two groups of eight; a group's first value is
  /// rounded to single precision and the others are counted from it. What is left at the end is
  /// made one by one. That shows at some frames of long videos.
  public static func stepping(_ count: Int, of total: Int, shift: Double = 0) -> [Int] {
    precondition(
      count > 0 && total > 0 && shift >= 0, "cannot step through \(total) frames \(count) times")
    let step = Double(total) / Double(count)
    let length = Int(((Double(total) - shift) / step).rounded(.up))
    let inGroups = length / 16 * 16
    return (0..<length).map { index in
      let first = index < inGroups ? index / 8 * 8 : index
      let start = Float(shift + step * Double(first))
      let position = Float(Double(start) + Double(index - first) * step)
      return min(Int(position), total - 1)
    }
  }
}
