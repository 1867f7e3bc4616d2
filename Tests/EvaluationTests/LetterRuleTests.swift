import Evaluation
import JSON
import TestSupport
import Testing

@Suite("Letters read from answers")
struct LetterRuleTests {
  @Test(arguments: [
    ("C. Berries.", "C", "C"), ("Answer: C. Jade.", "A", "A"), ("(A) A man walks", "A", "("),
    ("The correct answer is (B).", "B", "T"), ("b) left to right", "b", "b"), ("  D", "D", "D"),
    ("**B**", "*", "*"), ("Option C", "O", "O"), ("( C ) is it", "C", "("),
  ])
  func characters(answer: String, motionBench: Character, first: Character) {
    #expect(LetterRule.motionBench.character(in: answer) == motionBench)
    #expect(LetterRule.firstCharacter.character(in: answer) == first)
  }

  @Test(arguments: LetterRule.allCases)
  func nothingIsReadFromNothing(rule: LetterRule) {
    for answer in ["", "   ", "\n"] {
      #expect(rule.character(in: answer) == nil)
      #expect(rule.option(in: answer, of: 4) == nil)
    }
  }

  @Test func onlyLettersOfOptionsCount() {
    #expect(LetterRule.motionBench.option(in: "C", of: 4) == 2)
    #expect(LetterRule.motionBench.option(in: "E", of: 4) == nil)
    #expect(LetterRule.motionBench.option(in: "E", of: 5) == 4)
    #expect(LetterRule.motionBench.option(in: "c", of: 4) == nil)
    #expect(LetterRule.motionBench.option(in: "left", of: 4) == nil)
  }

  static let vectors = "data/vectors/answer_extraction.json"

  @Test(.enabled(if: SharedData.has(vectors), "\(SharedData.absent)"))
  func thePublicFunctionsReadTheSame() throws {
    let rows = try JSONNode(contentsOfFile: SharedData.path(Self.vectors)).array("rows")
    #expect(rows.count == 27)
    for row in rows {
      let answer = try row.string("response")
      func read(_ rule: LetterRule) -> String {
        rule.character(in: answer).map(String.init) ?? ""
      }
      #expect(try read(.motionBench) == row.string("motionbench_polish_answer"), "\(answer)")
      #expect(
        try read(.firstCharacter) == row.string("lmms_eval_seedbench_first_char"), "\(answer)")
    }
  }
}

@Suite("Questions with lettered options")
struct OptionListTests {
  let list = OptionList(question: "Which way?", options: ["left", "right then up"])

  @Test func thePromptNamesEveryOption() {
    #expect(
      list.prompt == """
        Which way?
        A. left
        B. right then up
        Answer with only the option letter.
        """)
  }

  @Test func wordsAreComparedWhole() {
    #expect(list.option(repeatedBy: "left") == 0)
    #expect(list.option(repeatedBy: " Right  then up\n") == 1)
    #expect(list.option(repeatedBy: "right") == nil)
    #expect(list.option(repeatedBy: "") == nil)
  }
}
