/// `1 clip`, `2 clips`: a count with its noun.
public func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)" + (count == 1 ? "" : "s")
}
