extension DiagnosticCode {
  /// A script that meets the code, and the same without the fault.
  public struct Example: Sendable, Hashable {
    public let wrong: String
    public let right: String
    /// What the example needs besides the script: an included file, an option, a low limit.
    public let remark: String?

    init(_ wrong: String, _ right: String, remark: String? = nil) {
      self.wrong = "me 1\n" + wrong
      self.right = "me 1\n" + right
      self.remark = remark
    }

    init(whole wrong: String, _ right: String, remark: String? = nil) {
      self.wrong = wrong
      self.right = right
      self.remark = remark
    }
  }

  /// The shortest script with the fault, for `explain`; every one is run by a test.
  public var example: Example {
    switch rawValue.dropFirst().prefix(2) {
    case "01": return syntaxExample
    case "02": return nameExample
    case "03": return callExample
    case "04": return valueExample
    case "05": return limitExample
    default: return warningExample
    }
  }

  private var syntaxExample: Example {
    switch self {
    case .invalidText:
      return
        Example("let größe = 5\nprint größe", "let groesse = 5\nprint groesse")
    case .unterminatedString: return Example("print \"left", "print \"left\\nright\"")
    case .invalidNumber: return Example("print 12px", "print 12")
    case .missingHeader: return Example(whole: "print 1", "me 1\nprint 1")
    case .unclosedBracket: return Example("print (1 + 2", "print (1 + 2)")
    case .nestingTooDeep:
      let open = String(repeating: "[", count: 210)
      return Example(
        "let deep = \(open)", "let inner = [[[1]]]\nlet deep = [[[inner]]]\nprint deep")
    case .fileTooLarge:
      return Example(
        "# this line a million times", "print 1", remark: "a script of more than 1 MiB")
    case .invalidEscape: return Example("print \"C:\\data\"", "print \"C:\\\\data\"")
    case .misplacedStatement:
      return Example(
        "fn f() {\n  seed 7\n}\nprint f()", "seed 7\nfn f() { 1 }\nprint f()")
    case .positionalAfterNamed:
      return Example("print round(digits: 1, 2.55)", "print round(2.55, digits: 1)")
    case .duplicateField: return Example("print {a: 1, a: 2}", "print {a: 1, b: 2}")
    default: return Example("let = 3", "let x = 3\nprint x")
    }
  }

  private var nameExample: Example {
    switch self {
    case .boundTwice: return Example("let a = 1\nlet a = 2", "let a = 1\nlet b = 2\nprint a + b")
    case .recursion:
      return Example(
        "fn f(n) { if n == 0 { 1 } else { n * f(n - 1) } }\nprint f(4)",
        "print fold(1..4, fn(product, n) { product * n }, from: 1)")
    case .usedBeforeBinding: return Example("print a\nlet a = 1", "let a = 1\nprint a")
    case .includeFailed:
      return Example("include \"../other.me\"", "print 1", remark: "a path outside the directory")
    case .includeCycle:
      return Example("include \"example.me\"", "print 1", remark: "in a file named example.me")
    case .unknownParameter:
      return Example(
        "print 1", "param steps: int = 5\nprint steps", remark: "run with --set steps=5")
    case .unknownType: return Example("param n: integer = 1", "param n: int = 1\nprint n")
    case .writtenTwice:
      return Example(
        "claim \"more\" 2 > 1\nclaim \"more\" 3 > 2", "claim \"two\" 2 > 1\nclaim \"three\" 3 > 2")
    default: return Example("print lenght([1])", "print len([1])")
    }
  }

  private var callExample: Example {
    switch self {
    case .unknownArgument:
      return Example("print round(2.5, digit: 1)", "print round(2.5, digits: 1)")
    case .missingArgument:
      return Example(
        "print fold([1], fn(a, b) { a + b })", "print fold([1], fn(a, b) { a + b }, from: 0)")
    case .tooManyArguments: return Example("print round(2.55, 1)", "print round(2.55, digits: 1)")
    case .wrongType: return Example("print sqrt(\"2\")", "print sqrt(2)")
    case .outsideDomain:
      return Example("print round(2.5, digits: 99)", "print round(2.5, digits: 9)")
    case .duplicateArgument:
      return Example("print round(2.5, digits: 1, digits: 2)", "print round(2.5, digits: 1)")
    case .notConstant: return Example("param n: int = 1 + 1", "param n: int = 2\nprint n")
    case .notAFunction: return Example("let a = 1\nprint a(2)", "let a = 1\nprint a * 2")
    case .unknownField: return Example("let r = {a: 1}\nprint r.b", "let r = {a: 1}\nprint r.a")
    case .pathOutside: return Example("figure \"../curve\" 1", "print \"curve\"")
    case .claimWithoutTolerance:
      return Example(
        "claim \"as published\" mean([1.5, 2.5]) == 2.0",
        "claim \"as published\" within(mean([1.5, 2.5]), 2.0, tolerance: 0.1)")
    default: return Example("print \"a\" + 1", "print \"a{1}\"")
    }
  }

  private var valueExample: Example {
    switch self {
    case .integerOverflow:
      return Example("print 9223372036854775807 + 1", "print 9223372036854775807 + 1.0")
    case .divisionByZero: return Example("print 1 / 0", "print 1 / 2")
    case .indexOutOfRange: return Example("print [1, 2][2]", "print [1, 2][-1]")
    case .duplicateRow:
      return Example(
        "table \"T\" {\n  for k in [1, 2] { row \"k\": k }\n}",
        "table \"T\" {\n  for k in [1, 2] { row \"{k}\": k }\n}")
    case .commandFailed:
      return Example(
        "print model(\"qwen2.5-vl-7b\", scale: \"paper\")", "print model(\"qwen2.5-vl-7b\")",
        remark: "at a scale whose files are missing")
    case .shapeMismatch:
      return Example(
        "print tensor([1, 2]) + tensor([1, 2, 3])", "print tensor([1, 2]) + tensor([3, 4])")
    default: return Example("print mean([])", "print mean([1])")
    }
  }

  private var limitExample: Example {
    switch self {
    case .depthLimit:
      return Example(
        "let nested = fold(1..200, fn(x, k) { [x] }, from: 0)\nprint len(nested)",
        "let nested = fold(1..20, fn(x, k) { [x] }, from: 0)\nprint len(nested)")
    case .sizeLimit: return Example("print len(range(2_000_000))", "print len(range(2_000))")
    case .memoryLimit:
      return Example(
        "let long = range(999_998)\nfor i in 1..100 { print len(long + [i]) }",
        "let long = range(999_998)\nprint len(long + [1])")
    case .timeLimit:
      return Example(
        "for i in 1..1_000_000 { let x = i * i; let _y = x }", "print 1",
        remark: "with a wall-time limit")
    case .cancelled:
      return Example(
        "for i in 1..1_000_000 { let x = i * i; let _y = x }", "print 1",
        remark: "stopped with Ctrl-C")
    default:
      return Example(
        "for i in 1..1_000_000 { for j in 1..1_000_000 { let _x = i * j } }",
        "for i in 1..100 { for j in 1..10 { let _x = i * j } }")
    }
  }

  private var warningExample: Example {
    switch self {
    case .floatEquality:
      return Example("print 0.1 + 0.2 == 0.3", "print abs(0.1 + 0.2 - 0.3) < 1e-9")
    case .hiddenCommand:
      return Example("let mean = 3\nprint mean", "let average = 3\nprint average")
    case .unusedValue: return Example("1 + 1", "print 1 + 1")
    case .unseededRandomness:
      return Example(
        "print shuffled(oracle(dataset(\"tune\", count: 2)))",
        "seed 7\nprint shuffled(oracle(dataset(\"tune\", count: 2)))")
    case .claimWithoutInterval:
      return Example(
        "claim \"ours is better\" mean([1.5, 2.5]) > 1.0",
        "claim \"ours is better\" within(mean([1.5, 2.5]), 2.0, tolerance: 0.5)")
    default: return Example("let steps = 5", "let steps = 5\nprint steps")
    }
  }

  /// The page that `explain` shows.
  public var page: String {
    func indented(_ text: String) -> String {
      // Examples that are long on purpose are cut.
      text.split(separator: "\n").map { line in
        "    " + (line.count > 80 ? line.prefix(60) + " ..." : line)
      }.joined(separator: "\n")
    }
    let remark = example.remark.map { " (\($0))" } ?? ""
    return """
      \(rawValue) (\(severity.rawValue)): \(explanation)

      \(reason)

      Wrong\(remark):
      \(indented(example.wrong))

      Right:
      \(indented(example.right))
      """
  }
}
