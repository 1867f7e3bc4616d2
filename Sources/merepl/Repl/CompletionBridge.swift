import CReadline
import Foundation

/// Hands completions to readline, whose callbacks carry no context.
enum CompletionBridge {
  // Readline calls back on the thread that called `readline`, and only then.
  nonisolated(unsafe) private static var complete: (String) -> [Completion] = { _ in [] }
  nonisolated(unsafe) private static var offered: [Completion] = []
  nonisolated(unsafe) private static var next = 0

  // Readline keeps the address and frees nothing; constant after its making.
  nonisolated(unsafe) private static let wordBreaks =
    Dictionary(
      uniqueKeysWithValues: CompletionContext.WordBreaks.allCases.map { ($0, strdup($0.rawValue)) })

  static func install(_ complete: @escaping (String) -> [Completion]) {
    self.complete = complete
    CReadline_setCompletion(
      { word, _, end in
        let line = String(cString: CReadline_line())
        let typed = String(decoding: Array(line.utf8.prefix(Int(end))), as: UTF8.self)
        CompletionBridge.offered = CompletionBridge.complete(typed)
        CompletionBridge.next = 0
        let only = CompletionBridge.offered.count == 1 ? CompletionBridge.offered.first : nil
        CReadline_finishCompletion(CChar(bitPattern: only?.closing ?? 0))
        return rl_completion_matches(word) { _, _ in CompletionBridge.nextMatch() }
      },
      {
        let line = String(cString: CReadline_line())
        let typed = line.utf8.prefix(Int(CReadline_cursor()))
        return CompletionBridge.wordBreaks[CompletionContext.wordBreaks(Array(typed))] ?? nil
      },
      { matches, count, longest in
        CompletionBridge.show(matches, count, longest)
      })
  }

  /// The next completion as C text, which readline frees.
  private static func nextMatch() -> UnsafeMutablePointer<CChar>? {
    guard next < offered.count else { return nil }
    next += 1
    return strdup(offered[next - 1].text)
  }

  /// Lists the completions: with what each is when there are few, else in columns.
  private static func show(
    _ matches: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int32,
    _ longest: Int32
  ) {
    if offered.count > 24 || offered.allSatisfy({ $0.detail.isEmpty }) {
      print()
      fflush(nil)
      rl_display_match_list(matches, count, longest)
    } else {
      let width = offered.map(\.text.count).max() ?? 0
      var text = "\n"
      for completion in offered {
        let gap = String(repeating: " ", count: width - completion.text.count + 2)
        text += completion.text + gap + completion.detail + "\n"
      }
      print(text, terminator: "")
      fflush(nil)
    }
    rl_forced_update_display()
  }
}
