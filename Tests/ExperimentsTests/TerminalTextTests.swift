import Experiments
import Testing

@Suite struct TerminalTextTests {
  @Test func controlCharactersAreWrittenOut() {
    #expect(TerminalText.clean("plain\ttext\né 字") == "plain\ttext\né 字")
    #expect(TerminalText.clean("\u{1b}]0;owned\u{7}") == "\\u{1b}]0;owned\\u{7}")
    #expect(TerminalText.clean("a\r\nb\u{9b}2J\u{7f}") == "a\\u{d}\nb\\u{9b}2J\\u{7f}")
    #expect(TerminalText.clean("a\u{202e}b") == "a\\u{202e}b")
  }

  @Test func coloursAndPicturesStay() {
    let style = "\u{1b}[1;38;5;12mred\u{1b}[0m"
    let picture = "\u{1b}Pq#0;2;0;0;0#0~~$-\u{1b}\\"
    #expect(TerminalText.cleanKeepingStyle(style + picture) == style + picture)
    #expect(TerminalText.clean(style).contains("\\u{1b}[1;38"))
    for hostile in [
      "\u{1b}]0;x\u{7}", "\u{1b}[6n", "\u{1b}[2J", "\u{1b}c", "\u{1b}P$q\u{1b}", "\u{1b}[",
      "\u{1b}",
      "\u{1b}Pqabc", "\u{1b}_x\u{1b}\\",
    ] {
      #expect(TerminalText.cleanKeepingStyle(hostile).utf8.allSatisfy { $0 != 0x1b && $0 != 7 })
    }
  }

  @Test func wordsForAShell() {
    #expect(ShellText.quoted("a b") == "'a b'")
    #expect(ShellText.quoted("it's") == "'it'\\''s'")
    #expect(ShellText.quoted("a\u{1b}b'") == "$'a\\x1bb\\''")
    #expect(ShellText.quoted("$(id)") == "'$(id)'")
  }
}
